// Draws docs/images/terminal.svg: a terminal session with a sandbox that is started for it, so that
// the picture shows what it really prints. `--print` writes the picture to standard output instead.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

const SMS = 'localhost:4010/multi/stepup/challenges/otp/SMS'
const JOURNAL = 'localhost:4010/__admin/sessions/default'

/** What is typed. A line that begins with # is a remark. */
const TYPED = [
  `sms() { curl -sw ' %{http_code}\\n' -XPOST -H 'api-key: demo' -H 'authorization: Bearer alice' "$@"; }`,
  '# A code is sent. Asking again comes too early, until the clock is moved.',
  `sms ${SMS}`,
  `sms ${SMS}`,
  `sms ${SMS} -H 'X-Sandbox-Advance: 15s'`,
  '# A header picks what goes wrong.',
  `sms ${SMS} -H 'X-Sandbox-Scenario: service-unavailable'`,
  '# Which codes did the user get? Why was the second call refused?',
  `curl -s ${JOURNAL}/messages | grep -o '"code":"[0-9]*"'`,
  `curl -s '${JOURNAL}/requests?status=409' | grep -o '"when":"state.stepUp[^}]*'`,
]

/** The lines of the session, as `{ kind, text }`: command, output or remark. */
async function play() {
  const sandbox = spawn(process.execPath, [path('dist/cli.js'), '--port', '0'], {
    env: { ...process.env, SANDBOX_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [first] = await once(sandbox.stdout, 'data')
    const ready = String(first).trim()
    const address = /127\.0\.0\.1:\d+/.exec(ready)[0]
    const typed = TYPED.filter((line) => !line.startsWith('#'))
    const script = typed.map((line) => `${line}\nprintf '\\0'`).join('\n')
    const run = promisify(execFile)
    const { stdout } = await run('bash', ['-c', script.replaceAll('localhost:4010', address)])
    const outputs = stdout.split('\0')
    const lines = [command('npm start'), output(ready.replace(address, '127.0.0.1:4010'))]
    for (const line of TYPED) {
      if (line.startsWith('#')) lines.push({ kind: 'remark', text: line })
      else lines.push(command(line), ...outputs.shift().split('\n').filter(Boolean).map(output))
    }
    return lines
  } finally {
    sandbox.kill()
  }
}

const command = (text) => ({ kind: 'command', text: `$ ${text}` })
// Space at the start is lost in a picture.
const output = (text) => ({ kind: 'output', text: text.trim() })

const SIZE = 14
/** Of one character; textLength stretches whatever font there is to it. */
const ADVANCE = 8.4
const LINE = 21
/** Before a remark. */
const GAP = 9
const MARGIN = 20
const BAR = 36

const COLOURS = { command: '#e6edf3', output: '#7ee787', remark: '#8b949e' }

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function draw(lines) {
  const longest = Math.max(...lines.map(({ text }) => text.length))
  const width = Math.ceil(longest * ADVANCE + 2 * MARGIN)
  let y = BAR
  const texts = lines.map(({ kind, text }) => {
    y += kind === 'remark' ? LINE + GAP : LINE
    const length = (text.length * ADVANCE).toFixed(1)
    return `  <text x="${MARGIN}" y="${y}" textLength="${length}" fill="${COLOURS[kind]}">${escaped(text)}</text>`
  })
  const height = y + MARGIN
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `  <circle cx="${MARGIN + index * 20}" cy="18" r="6" fill="${colour}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${SIZE}">
  <title>A terminal session with sca-sandbox</title>
  <rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots.join('\n')}
${texts.join('\n')}
</svg>
`
}

const picture = draw(await play())
if (process.argv.includes('--print')) process.stdout.write(picture)
else {
  mkdirSync(path('docs/images'), { recursive: true })
  writeFileSync(path('docs/images/terminal.svg'), picture)
  console.log('wrote docs/images/terminal.svg')
}
