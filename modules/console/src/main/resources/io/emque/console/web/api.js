import { askForToken, emque, wantsToken } from './token.js';

/** A JSON answer. Asks for a token where one is wanted. */
export async function getJson(target, signal) {
  try {
    const answer = await emque.fetch(target, { headers: { Accept: 'application/json' }, signal });
    return await answer.json();
  } catch (e) {
    refused(e);
    throw e;
  }
}

export function refused(error) {
  if (wantsToken(error)) {
    askForToken(error.message);
  }
}

export function topicTarget(name) {
  return `topics?topic=${encodeURIComponent(name)}`;
}
