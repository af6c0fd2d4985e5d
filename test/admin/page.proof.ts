/** The page that shows the admin API, in a browser. */
import { type Browser, chromium, type Page } from '@playwright/test'
import t, { type Test } from 'tap'
import { listening } from '../fixtures/calls.ts'
import { CHROMIUM, CHROMIUM_ARGS } from '../fixtures/chromium.ts'

const skip = !CHROMIUM && 'no chromium'

let browser: Browser
t.before(async () => {
  if (!CHROMIUM) return
  browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS })
})
t.teardown(() => browser?.close())

/** The page of a new sandbox, and what the browser complains of. */
async function opened(t: Test): Promise<{ page: Page; complaints: string[] }> {
  const { url } = await listening(t)
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
  page.on('request', (request) => {
    const { protocol } = new URL(request.url())
    if (protocol.startsWith('http') && !request.url().startsWith(url)) {
      complaints.push(`${request.url()} is asked for`)
    }
  })
  t.teardown(() => page.close())
  await page.goto(`${url}/__admin/docs`)
  return { page, complaints }
}

const operation = (page: Page, id: string) => page.locator(`[id$="-${id}"]`)

t.test('the page shows the operations of the admin API', { skip }, async (t) => {
  const { page, complaints } = await opened(t)
  await page.getByRole('heading', { name: 'Admin API of sca-sandbox' }).waitFor()
  await operation(page, 'getHealth').waitFor()
  const shown = await page.locator('.opblock').count()
  const answer = await fetch(new URL('/__admin/openapi.json', page.url()))
  const { paths } = (await answer.json()) as { paths: Readonly<Record<string, object>> }
  const documented = Object.values(paths).flatMap((each) => Object.keys(each))
  t.ok(shown > 20)
  t.equal(shown, documented.length)
  t.same(complaints, [], 'and the browser complains of nothing')
})

t.test('the mocked contracts can be chosen on the page', { skip }, async (t) => {
  const { page, complaints } = await opened(t)
  const selector = page.getByRole('combobox').first()
  await operation(page, 'getHealth').waitFor()
  t.same(await selector.getByRole('option').allTextContents(), [
    'Admin API',
    'plumery-mfa',
    'weavr-multi',
    'weavr-simulator',
  ])
  await selector.selectOption({ label: 'weavr-multi' })
  await operation(page, 'stepupSCAChallenge').waitFor()
  // 26 operations and 6 webhooks.
  t.equal(await page.locator('.opblock').count(), 32)
  t.same(complaints, [], 'and the browser complains of nothing')
})

t.test('the page shows what a contract marks as observed', { skip }, async (t) => {
  const { page, complaints } = await opened(t)
  await operation(page, 'getHealth').waitFor()
  await page.getByRole('combobox').first().selectOption({ label: 'weavr-multi' })
  const verify = operation(page, 'multipleSCAVerify')
  await verify.getByRole('button').first().click()
  await verify.getByText('x-observed').first().waitFor()
  t.same(complaints, [], 'and the browser complains of nothing')
})

t.test('an operation that is tried out on the page is answered', { skip }, async (t) => {
  const { page, complaints } = await opened(t)
  const health = operation(page, 'getHealth')
  await health.getByRole('button').first().click()
  await health.getByRole('button', { name: 'Execute' }).click()
  const answer = health.locator('.live-responses-table')
  await answer.locator('td.response-col_status').getByText('200').waitFor()
  t.match(await answer.textContent(), /"status": "ok"/)
  t.same(complaints, [], 'and the browser complains of nothing')
})

t.test('an operation that changes something is let in from the page', { skip }, async (t) => {
  const { page, complaints } = await opened(t)
  const reset = operation(page, 'deleteSessions')
  await reset.getByRole('button').first().click()
  await reset.getByRole('button', { name: 'Execute' }).click()
  await reset.locator('.live-responses-table td.response-col_status').getByText('204').waitFor()
  t.same(complaints, [], 'and the browser complains of nothing')
})
