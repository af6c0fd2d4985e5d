import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import t from 'tap'
import {
  formatDiagnostic,
  LoadError,
  Problem,
  type ProblemCode,
  problems,
  StartError,
  UsageError,
} from '../src/errors.ts'

for (const code of Object.keys(problems) as ProblemCode[]) {
  t.test(`${code} has a code in kebab case, a status of an error and a title`, async (t) => {
    const { status, title } = problems[code]
    t.match(code, /^[a-z]+(-[a-z]+)*$/)
    t.ok(status >= 400 && status in STATUS_CODES)
    t.match(title, /^[A-Z].*[^.]$/)
  })

  t.test(`${code} is answered with all members of RFC 9457`, async (t) => {
    const { status, title } = problems[code]
    t.same(new Problem(code, 'what happened').toJSON(), {
      type: `urn:sca-sandbox:problem:${code}`,
      title,
      status,
      detail: 'what happened',
      code,
    })
  })
}

t.test('no two problems have the same title', async (t) => {
  const titles = Object.values(problems).map(({ title }) => title)
  t.equal(new Set(titles).size, titles.length)
})

t.test('a problem tells what is nearest, what is allowed and which faults there are', async (t) => {
  const extras = { nearest: ['slow'], allow: ['GET'], faults: [{ field: 'a' }] }
  t.match(new Problem('bad-request', '', extras).toJSON(), extras)
})

t.test('a problem knows the status of its code', async (t) => {
  t.equal(new Problem('no-method', '').status, 405)
})

t.test('a problem has the other status of its code where a resource is missing', async (t) => {
  const { resourceStatus } = problems['unknown-scenario']
  const problem = new Problem('unknown-scenario', '', {}, resourceStatus)
  t.equal(problem.status, 404)
  t.match(problem.toJSON(), { code: 'unknown-scenario', status: 404 })
})

t.test('a problem is an error with its detail as message', async (t) => {
  const problem = new Problem('bad-http', 'odd bytes')
  t.ok(problem instanceof Error)
  t.equal(problem.message, 'odd bytes')
})

t.test('a fault is printed so that an editor can jump to it', async (t) => {
  const fault = { file: 'a.yaml', line: 3, column: 7, message: 'odd' }
  t.equal(formatDiagnostic(fault), 'a.yaml:3:7: odd')
})

t.test('an error of loading carries all faults and prints one a line', async (t) => {
  const faults = [1, 2].map((line) => ({ file: 'a.yaml', line, column: 1, message: 'odd' }))
  const error = new LoadError(faults)
  t.same(error.diagnostics, faults)
  t.equal(error.message, 'a.yaml:1:1: odd\na.yaml:2:1: odd')
})

t.test('errors of use and of the machine are told apart', async (t) => {
  t.notOk(new UsageError('') instanceof StartError)
  t.notOk(new StartError('') instanceof UsageError)
})

t.test(
  'the diagnostics of a load error can be read by their old name, with a warning',
  async (t) => {
    const warned = once(process, 'warning')
    const error = new LoadError([{ file: 'a.yaml', line: 1, column: 1, message: 'no' }])
    t.equal(error.faults, error.diagnostics)
    const [warning] = await warned
    t.match(warning, { code: 'SANDBOX_OLD_faults', message: /^LoadError\.faults has a new name/ })
  },
)
