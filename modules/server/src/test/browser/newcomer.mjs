// One who has just started a broker and opened its page: one click to the first message.
import { done, launch, open, same, server } from './browser.mjs';

const context = await launch();
const { page, wrong } = await open(context, server);
await page.getByRole('button', { name: 'Publish a first message' }).click();
await page.locator('.tail-row:visible', { hasText: '"hello":"world"' }).first().waitFor();
same(wrong.join(' | '), '', 'what went wrong');
await context.close();
done('the first message was seen');
