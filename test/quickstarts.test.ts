/** The files that docs/quickstarts.md shows for Python and Java are run, where the machine can run them. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createSandbox } from '../src/index.ts'

const text = readFileSync(new URL('../docs/quickstarts.md', import.meta.url), 'utf8')

// Java compiles the file before it runs it.
t.setTimeout(120_000)

/** The file that the document shows under this name. */
function shownFile(name: string): string {
  const [, body] =
    new RegExp(`^\`\`\`\\w+\\n(?:#|//) ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(text) ?? []
  if (body === undefined) throw new Error(`the document does not show ${name}`)
  return body
}

/** Runs a file of the document against a sandbox of its own. */
async function run(t: Test, { program, file }: Example, code: string) {
  const sandbox = await createSandbox({ adminToken: 'secret' })
  t.teardown(() => sandbox.stop())
  const folder = t.testdir()
  writeFileSync(join(folder, file), code)
  const child = spawn(program, [file], {
    cwd: folder,
    env: { PATH: process.env.PATH, SANDBOX_URL: sandbox.url, SANDBOX_ADMIN_TOKEN: 'secret' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill())
  let out = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      out += chunk
    })
  }
  const [status] = await once(child, 'close')
  return { status, out }
}

interface Example {
  readonly program: string
  readonly file: string
  readonly passed: RegExp
  readonly failed: RegExp
}

const EXAMPLES: readonly Example[] = [
  { program: 'python3', file: 'test_sign_in.py', passed: /Ran 2 tests/, failed: /FAILED/ },
  { program: 'java', file: 'SignInTest.java', passed: /2 tests passed/, failed: /AssertionError/ },
]

for (const example of EXAMPLES) {
  const { program, file, passed, failed } = example
  const skip = spawnSync(program, ['--version']).status !== 0 && `${program} is not installed`

  t.test(`${file} passes`, { skip }, async (t) => {
    t.match(await run(t, example, shownFile(file)), { status: 0, out: passed })
  })

  t.test(`${file} fails when it expects a code too early`, { skip }, async (t) => {
    const code = shownFile(file).replace('15s', '5s')
    t.match(await run(t, example, code), { status: 1, out: failed })
  })
}
