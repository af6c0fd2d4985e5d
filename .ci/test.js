// Runs test files side by side, and tells what failed, how much passed, and how long it took.
//   npm test                         all of test/**/*.test.ts
//   npm test -- test/clock.test.ts   one file, or all those whose path begins so
//   npm test -- --coverage           and how much of src/ they reach
//   npm run proof:documents          test/**/*.proof.ts: what takes long, by name
//   npm run proof:fuzz               the tests of properties, at length and with new values
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where programs leave what they ran of which file. */
const COVERAGE = join(ROOT, 'coverage/tmp')
/** In percent, of lines and of branches. */
const LEAST_COVERED = '95'
/** A file that takes longer hangs, however busy the machine is. */
const LONGEST_MS = 600_000
/** A test that takes longer hangs, in seconds. */
const TAP_TIMEOUT = '240'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    coverage: { type: 'boolean', default: false },
    proof: { type: 'string' },
    /** What is skipped fails: everything that tests need is there. */
    strict: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
})

/** Files that take part in what was asked for, before single ones are named. */
function candidates() {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .sort()
  const tests = files.filter((file) => file.endsWith('.test.ts'))
  if (values.proof === undefined) return tests
  if (values.proof === 'fuzz') {
    return tests.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('/properties.ts'))
  }
  return files.filter((file) => file.endsWith('.proof.ts') && file.includes(values.proof))
}

function chosen() {
  const files = candidates()
  if (files.length === 0) refuse(`there is no proof of ${values.proof}`)
  if (positionals.length === 0) return files
  const lost = positionals.find((start) => !files.some((file) => file.startsWith(start)))
  if (lost !== undefined) refuse(`there is no test file whose path begins with ${lost}`)
  return files.filter((file) => positionals.some((start) => file.startsWith(start)))
}

function refuse(reason) {
  console.error(reason)
  process.exit(2)
}

/** Runs one file to its end. */
async function run(file) {
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', './.ci/types.js', file], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    env: {
      TAP_TIMEOUT,
      ...process.env,
      ...(values.proof && { PROOF: values.proof }),
      ...(values.coverage && { NODE_V8_COVERAGE: COVERAGE }),
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
  }
  const end = await new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  return judge({ file, text, end, seconds: (performance.now() - started) / 1_000 })
}

/** What became of a file; tests and what they assert count alike. */
function judge({ file, text, end, seconds }) {
  const lines = text.split('\n')
  const passed = lines.filter((line) => /^ *ok /.test(line))
  const failed = lines.filter((line) => /^ *not ok /.test(line) && !line.includes('# TODO'))
  const skipped = passed.filter((line) => line.includes('# SKIP'))
  // A program that ends before its first test has not passed.
  const sound = end === 0 && failed.length === 0 && passed.length > 0
  return {
    file,
    text,
    end,
    seconds,
    passed: passed.length,
    failed: failed.length,
    skipped: skipped.map((line) => line.trim()),
    sound,
    ok: sound && !(values.strict && skipped.length > 0),
  }
}

/** What failed, each with what it tells; all that was written, where nothing is told to fail. */
function failures({ text, end }) {
  const parts = text.match(/^ *not ok (?!.*# TODO).*\n(?:(?! *(?:not )?ok | *# Subtest: ).*\n)*/gm)
  return parts?.join('') ?? `it ended with ${end}:\n${text}`
}

function tell(result) {
  const { sound, ok, file, passed, failed, skipped, seconds } = result
  const counts = [`${passed} passed`]
  if (failed > 0) counts.push(`${failed} failed`)
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`)
  console.log(`${ok ? '' : 'FAILED '}${file}: ${counts.join(', ')} (${seconds.toFixed(1)} s)`)
  for (const line of skipped) console.log(`  ${line}`)
  if (!sound) console.log(failures(result))
}

/** Runs as many files at a time as the machine has cores. */
async function runAll(files) {
  const waiting = [...files]
  const results = []
  const work = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const result = await run(file)
      tell(result)
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  return results
}

/** Of all programs that were started; undefined where the system does not tell it. */
function processorSeconds() {
  try {
    const [, ...fields] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ')
    return (Number(fields[12]) + Number(fields[13])) / 100
  } catch {
    return undefined
  }
}

const node = (...args) =>
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status === 0

/** Tells how much of src/ was reached, and whether that is enough. */
const isCovered = () =>
  node(
    ...['node_modules/c8/bin/c8.js', 'report', '--temp-directory', COVERAGE, '--reporter', 'text'],
    ...['--all', '--src', 'src', '--include', 'src/**/*.ts'],
    ...['--check-coverage', '--lines', LEAST_COVERED, '--branches', LEAST_COVERED],
  )

function summarize(results, started) {
  const sum = (field) => results.reduce((total, result) => total + result[field], 0)
  const told = ({ file, seconds }) => `${file} ${seconds.toFixed(1)} s`
  const slowest = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, 5)
  if (results.length > 5) console.log(`\nslowest: ${slowest.map(told).join(', ')}`)
  const wall = ((performance.now() - started) / 1_000).toFixed(1)
  const processor = processorSeconds()
  const both = processor === undefined ? '' : `, ${processor.toFixed(1)} s of processor time`
  console.log(`${results.length} files in ${wall} s${both}`)
  for (const { file } of results.filter(({ ok }) => !ok)) console.log(`FAILED ${file}`)
  const skipped = results.flatMap((result) => result.skipped).length
  if (skipped > 0) console.log(`${skipped} skipped`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
}

const started = performance.now()
const files = chosen()
// Else those that need it would build it side by side.
if (files.length > 1 && !node('.ci/build-if-stale.js')) process.exit(1)
rmSync(COVERAGE, { recursive: true, force: true })
const results = await runAll(files)
const enough = !values.coverage || isCovered()
summarize(results, started)
process.exitCode = enough && results.every(({ ok }) => ok) ? 0 : 1
