// Runs test files, and tells what failed, how much passed, and how long it took. The files of a folder
// share a process, and as many processes run side by side as the machine has cores.
//   npm test                         all of test/**/*.test.ts
//   npm test -- test/clock.test.ts   one file, or all those whose path begins so
//   npm test -- --coverage           and how much of src/ they reach
//   npm run proof:documents          test/**/*.proof.ts: what takes long, by name
//   npm run proof:fuzz               the tests of properties, at length and with new values
// Proofs may be named together: `--proof fuzz --proof documents`.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where programs leave what they ran of which file. */
const COVERAGE = join(ROOT, 'coverage/tmp')
/** In percent, of lines and of branches. */
const LEAST_COVERED = '95'
/** Generated, and nothing but types: as they are never loaded, its lines would count as not reached. */
const TYPES_ONLY = ['--exclude', 'src/client/admin-api.ts']
/** A process that finishes no file in this time hangs, however busy the machine is. */
const LONGEST_MS = 600_000
/** A process that is over ends; what keeps it longer is something that a test left open. */
const LINGERING_MS = 30_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    coverage: { type: 'boolean', default: false },
    proof: { type: 'string', multiple: true, default: [] },
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
  const tests = files.filter(isTest)
  if (values.proof.length === 0) return tests
  return values.proof.flatMap((proof) => {
    const found =
      proof === 'fuzz'
        ? tests.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('/properties.ts'))
        : files.filter((file) => file.endsWith('.proof.ts') && file.includes(proof))
    return found.length > 0 ? found : refuse(`there is no proof of ${proof}`)
  })
}

const isTest = (file) => file.endsWith('.test.ts')

function chosen() {
  const files = candidates()
  if (positionals.length === 0) return files
  const lost = positionals.find((start) => !files.some((file) => file.startsWith(start)))
  if (lost !== undefined) refuse(`there is no test file whose path begins with ${lost}`)
  return files.filter((file) => positionals.some((start) => file.startsWith(start)))
}

function refuse(reason) {
  console.error(reason)
  process.exit(2)
}

/**
 * Which files share a process: those of a folder, the largest folder first, so that short ones end the
 * run. A proof has a process of its own: it takes long, and much memory.
 */
function grouped(files) {
  if (values.proof.length > 0) return files.map((file) => [file])
  const folders = new Map(files.map((file) => [dirname(file), []]))
  for (const file of files) folders.get(dirname(file)).push(file)
  return [...folders.values()].sort((a, b) => b.length - a.length)
}

/** Runs files in one process, and judges each as soon as it is over. */
async function run(files) {
  const args = ['--import', './.ci/types.js', '.ci/test-files.js', ...files]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Of the tests only those of properties are a proof.
      ...(values.proof.length > 0 && isTest(files[0]) && { PROOF: 'fuzz' }),
      ...(values.coverage && { NODE_V8_COVERAGE: COVERAGE }),
    },
  })
  let hanging = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  const results = []
  let text = ''
  const finish = (end, seconds) => {
    const file = files[results.length] ?? `after ${files.at(-1)}`
    results.push(judge({ file, text, end, seconds }))
    tell(results.at(-1))
    text = ''
    clearTimeout(hanging)
    const over = results.length >= files.length
    hanging = setTimeout(() => child.kill('SIGKILL'), over ? LINGERING_MS : LONGEST_MS)
  }
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  for await (const line of createInterface({ input: child.stdout })) {
    text += `${line}\n`
    const [, failed, ms] = /^(not )?ok .* # time=([\d.]+)ms$/.exec(line) ?? []
    if (ms !== undefined) finish(failed ? 1 : 0, Number(ms) / 1_000)
  }
  const end = child.signalCode ?? child.exitCode ?? (await once(child, 'close'))[0]
  clearTimeout(hanging)
  // Those that it did not come to have failed, too.
  while (results.length < files.length) finish(`${end}, before this file was over`, 0)
  // What fails after the last file, such as a timer that it left behind, or keeps the process from ending.
  if (end !== 0 && results.every(({ sound }) => sound)) finish(end, 0)
  return results
}

/** What became of a file; tests and what they assert count alike. */
function judge({ file, text, end, seconds }) {
  // Without the line of the file itself.
  const lines = text.split('\n').filter((line) => !line.startsWith('ok '))
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
    failed: sound ? 0 : Math.max(1, failed.length),
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

async function runAll(files) {
  const waiting = grouped(files)
  const results = []
  const work = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      results.push(...(await run(group)))
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
    ...['--all', '--src', 'src', '--include', 'src/**/*.ts', ...TYPES_ONLY],
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
  console.log(`${results.length} ${results.length === 1 ? 'file' : 'files'} in ${wall} s${both}`)
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
