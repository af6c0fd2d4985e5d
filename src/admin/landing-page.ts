/** What a person sees who opens the sandbox in a browser: what this is, and where to go. */
import type { IncomingHttpHeaders } from 'node:http'
import Negotiator from 'negotiator'
import { ADMIN, HEADERS } from '../exchange/http.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** Whether a client prefers HTML to JSON, as browsers do; curl takes anything, and is none. */
export function prefersHtml(method: string | undefined, { accept }: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || accept === undefined) return false
  const negotiator = new Negotiator({ headers: { accept } })
  // Of equals the first is taken.
  return negotiator.mediaType(['application/json', 'text/html']) === 'text/html'
}

export const HTML_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // The page has no scripts and loads nothing.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  vary: 'accept',
} as const

const LINKS = {
  docs: 'Try out the mocked APIs and the admin API',
  scenarios: 'Scenarios that requests can play',
  sessions: 'Sessions, each with its own state, clock and journal',
  coverage: 'Coverage: what was called so far',
  ready: 'Whether the newest documents and scenarios are in use',
} as const

const STEERING: Readonly<Record<string, string>> = {
  [HEADERS.scenario]: 'play this scenario',
  [HEADERS.session]: 'use this session',
  [HEADERS.advance]: 'move the session’s clock first, for example by 15s',
  Prefer: 'send this response of the contract, for example code=409',
}

/** Writes the page; it lists the APIs that are loaded now. */
export function writeLandingPage({ apis, scenario }: Sandbox): string {
  const served = [...apis.byName.values()].map(({ contract }) => contract)
  const rows = served.map(({ name, title, basePaths, operations }) => {
    const paths = basePaths.map((path) => `<code>${escapeHtml(path || '/')}</code>`).join(', ')
    const document = `${ADMIN}/specs/${encodeURIComponent(name)}`
    const link = `<a href="${escapeHtml(document)}">${escapeHtml(title)}</a>`
    return `<tr><td>${link}</td><td>${paths}</td><td>${operations.size}</td></tr>`
  })
  const links = Object.entries(LINKS).map(
    ([path, text]) => `<li><a href="${ADMIN}/${path}">${text}</a></li>`,
  )
  const headers = Object.entries(STEERING).map(
    ([name, text]) => `<li><code>${name}</code>: ${text}</li>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>sca-sandbox</title>
<style>${STYLE}</style>
<h1>sca-sandbox</h1>
<p>A mock server: it answers the calls below as the real APIs would, and remembers what was sent.
Requests that name no scenario play <code>${escapeHtml(scenario)}</code>.</p>
<h2>Mocked APIs</h2>
<table><tr><th>API</th><th>base path</th><th>operations</th></tr>
${rows.join('\n')}
</table>
<h2>Where to go</h2>
<ul>
${links.join('\n')}
</ul>
<h2>Headers of a request</h2>
<ul>
${headers.join('\n')}
</ul>
<p>The README says how to start: one call with <code>curl</code>, a test, a scenario of your own.</p>
</html>
`
}

const STYLE =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}th,td{text-align:left;padding-right:2rem}'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Titles and paths come from documents of anybody. */
const escapeHtml = (text: string) =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
