/**
 * Every error of the sandbox itself. The mocked APIs' own errors are data (the contract and the
 * scenario files) and never pass through here: the two kinds must not mix.
 */

/** Code, HTTP status and title of each problem the sandbox can answer; `docs/errors.md` lists them. */
export const problems = {
  'unknown-scenario': { status: 400, title: 'No such scenario' },
  'bad-session-id': { status: 400, title: 'Not a session id' },
  'bad-advance': { status: 400, title: 'Not a step forward in time' },
  'bad-prefer': { status: 400, title: 'Preference not understood' },
  'unknown-preference': {
    status: 400,
    title: 'The contract has no such answer',
  },
  'bad-request': {
    status: 400,
    title: 'The request does not follow the contract',
  },
  'bad-http': { status: 400, title: 'The request is not valid HTTP' },
  unauthorized: { status: 401, title: 'Credentials are missing' },
  'no-operation': { status: 404, title: 'No operation has this path' },
  'no-method': { status: 405, title: 'The path has no such method' },
  'not-acceptable': { status: 406, title: 'The client takes no media type of the answer' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has a media type the contract lacks',
  },
  'header-too-large': { status: 431, title: 'The headers are too large' },
  'bad-admin-request': { status: 400, title: 'The admin request is not understood' },
  'bad-snapshot': { status: 400, title: 'Not a snapshot of this sandbox' },
  'admin-unauthorized': { status: 401, title: 'The admin API asks for its token' },
  'admin-host-refused': { status: 403, title: 'The admin API is not called by this name' },
  'admin-origin-refused': { status: 403, title: 'The admin API is not for other web pages' },
  'unknown-session': { status: 404, title: 'No such session' },
  'unknown-request': { status: 404, title: 'No such request' },
  'unknown-challenge': { status: 404, title: 'No such challenge' },
  'unknown-binding': { status: 404, title: 'No such binding' },
  'unknown-spec': { status: 404, title: 'No such document' },
  'scenario-not-found': { status: 404, title: 'No file has this scenario' },
  'unknown-resource': { status: 404, title: 'The admin API has nothing there' },
  'no-admin-method': { status: 405, title: 'The admin API has no such method there' },
  'clock-backwards': { status: 409, title: 'A clock goes forward only' },
  'challenge-not-pending': { status: 409, title: 'The challenge cannot be answered' },
  'too-many-bindings': { status: 409, title: 'There are too many bindings' },
  'journal-off': { status: 409, title: 'Nothing is recorded' },
  'too-many-listeners': { status: 503, title: 'There are too many event streams' },
  'store-unavailable': { status: 503, title: 'The store cannot be used', retryAfter: 1 },
  'store-conflict': { status: 503, title: 'Too many change the same thing', retryAfter: 1 },
  'internal-error': { status: 500, title: 'A mistake in the sandbox' },
  'scenario-failed': {
    status: 501,
    title: 'The scenario could not make an answer',
  },
  'answer-breaks-contract': {
    status: 501,
    title: 'The scenario made an answer off the contract',
  },
  'broken-schema': { status: 501, title: 'The contract has a schema that cannot be used' },
  'no-answer': { status: 501, title: 'The contract documents no answer' },
} as const

export type ProblemCode = keyof typeof problems

/** What RFC 9457 calls members; `nearest` are the valid values closest to the one refused. */
export interface ProblemExtras {
  readonly nearest?: readonly string[]
  readonly allow?: readonly string[]
  readonly faults?: readonly unknown[]
}

/** An error of the sandbox itself, answered as `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail)
    this.code = code
    this.extras = extras
  }

  get status(): number {
    return problems[this.code].status
  }

  /** What HTTP says of it beside the body. */
  get headers(): Readonly<Record<string, string>> {
    const known = problems[this.code]
    return 'retryAfter' in known ? { 'retry-after': String(known.retryAfter) } : {}
  }

  toJSON(): Record<string, unknown> {
    const { status, title } = problems[this.code]
    return {
      type: `urn:sca-sandbox:problem:${this.code}`,
      title,
      status,
      detail: this.message,
      code: this.code,
      ...this.extras,
    }
  }
}

/** For an error that is none of the caller's: what it was, the log tells alone. */
export const mistake = () =>
  new Problem(
    'internal-error',
    'this is a mistake in the sandbox, not in your request; its log has the details',
  )

/** One thing wrong with a document or scenario file, at a place an editor can jump to. */
export interface Diagnostic {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export const formatDiagnostic = ({ file, line, column, message }: Diagnostic) =>
  // A folder that is gone has no line.
  file === '' ? message : `${file}:${line}:${column}: ${message}`

/** The place of a value in a file: the keys and indexes that lead to it from the root. */
export type Path = readonly (string | number)[]

/** An expression or template that cannot be compiled, and where in the value that holds it. */
export class ScriptError extends Error {
  /** From the value to the string with the mistake; empty where the value is that string. */
  readonly path: Path
  /** Offset of the mistake in that string. */
  readonly at: number

  constructor(message: string, at: number, path: Path = []) {
    super(message)
    this.path = path
    this.at = at
  }
}

/** A file that knows where each of its values stands; `YamlFile` is one. */
export interface DiagnosticSource {
  readonly file: string
  line(path: Path): number
  diagnosticAt(path: Path, message: string, part?: 'key' | 'value'): Diagnostic
  diagnosticIn(path: Path, offset: number, message: string): Diagnostic
}

/** Collects the diagnostics of one file, so that one load reports all of them. */
export class Diagnostics {
  readonly source: DiagnosticSource
  readonly #list: Diagnostic[]

  constructor(source: DiagnosticSource, list: Diagnostic[]) {
    this.source = source
    this.#list = list
  }

  get count(): number {
    return this.#list.length
  }

  add(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#list.push(this.source.diagnosticAt(path, message, part))
  }

  /** Names a value as `file:line`, which is how the journal names the rule that answered. */
  locate(path: Path): string {
    return `${this.source.file}:${this.source.line(path)}`
  }

  /** Runs a compilation and turns a ScriptError into a diagnostic at its place in the file. */
  attempt<T>(path: Path, compile: () => T, part: 'key' | 'value' = 'value'): T | undefined {
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      const { message, at } = error
      if (part === 'key') this.add(path, message, 'key')
      else this.#list.push(this.source.diagnosticIn([...path, ...error.path], at, message))
      return undefined
    }
  }
}

/** Documents or scenario files could not be used; carries every fault found, not the first only. */
export class LoadError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'))
    this.diagnostics = diagnostics
  }
}

/** Everything that is wrong has been told already: exit code 1, without a further word. */
export class ReportedError extends Error {}

/** The command line or a setting is wrong: one line for the user, exit code 2. */
export class UsageError extends Error {}

/** The machine refused (port in use, unreadable file): one line for the user, exit code 1. */
export class StartError extends Error {}
