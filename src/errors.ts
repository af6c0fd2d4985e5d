/**
 * Every error of the sandbox itself. The errors of the mocked APIs are data from the contract and the
 * scenario files and never pass through here: the two kinds must not mix.
 */

/** Code, HTTP status and title of each problem that the sandbox sends; `docs/errors.md` lists them. */
export const problems = {
  // The admin resource of a scenario is missing with 404, like every other resource.
  'unknown-scenario': { status: 400, resourceStatus: 404, title: 'No such scenario' },
  'bad-session-id': { status: 400, title: 'Invalid session id' },
  'bad-advance': { status: 400, title: 'Invalid clock advance' },
  'bad-header': { status: 400, title: 'Misspelt header' },
  'bad-prefer': { status: 400, title: 'Invalid preference' },
  'unknown-preference': { status: 400, title: 'The contract has no such response' },
  'bad-request': { status: 400, title: 'The request violates the contract' },
  'bad-http': { status: 400, title: 'The request is not valid HTTP' },
  unauthorized: { status: 401, title: 'Credentials are missing' },
  'no-operation': { status: 404, title: 'No operation has this path' },
  'no-method': { status: 405, title: 'The path does not allow this method' },
  'not-acceptable': { status: 406, title: 'The client accepts no media type of the response' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': {
    status: 415,
    title: 'The contract does not have the media type of the body',
  },
  'header-too-large': { status: 431, title: 'The headers are too large' },
  'bad-admin-request': { status: 400, title: 'Invalid admin request' },
  'binding-never-matches': { status: 400, title: 'No request can match this binding' },
  'bad-snapshot': { status: 400, title: 'Invalid snapshot' },
  'admin-unauthorized': { status: 401, title: 'The admin API requires its token' },
  'admin-host-refused': { status: 403, title: 'The admin API does not allow this host name' },
  'admin-origin-refused': { status: 403, title: 'The admin API does not allow other web pages' },
  'unknown-session': { status: 404, title: 'No such session' },
  'unknown-request': { status: 404, title: 'No such request' },
  'unknown-challenge': { status: 404, title: 'No such challenge' },
  'unknown-binding': { status: 404, title: 'No such binding' },
  'unknown-spec': { status: 404, title: 'No such document' },
  'unknown-resource': { status: 404, title: 'The admin API has no such path' },
  'no-admin-method': { status: 405, title: 'The admin API does not allow this method here' },
  'clock-backwards': { status: 409, title: 'Clocks only go forward' },
  'unknown-action': { status: 404, title: 'No such action' },
  'action-not-possible': { status: 409, title: 'The action cannot be done now' },
  'challenge-not-pending': { status: 409, title: 'The challenge cannot be answered' },
  'too-many-bindings': { status: 409, title: 'Too many bindings' },
  'journal-off': { status: 409, title: 'The journal is off' },
  'too-many-listeners': { status: 503, title: 'Too many event streams' },
  'store-unavailable': { status: 503, title: 'The store is unavailable', retryAfter: 1 },
  'store-conflict': { status: 503, title: 'Too many concurrent changes', retryAfter: 1 },
  'internal-error': { status: 500, title: 'Bug in the sandbox' },
  'scenario-failed': { status: 501, title: 'The scenario could not make a response' },
  'answer-breaks-contract': {
    status: 501,
    title: 'The scenario made a response that violates the contract',
  },
  'broken-schema': { status: 501, title: 'The contract has an invalid schema' },
  'no-answer': { status: 501, title: 'The contract documents no response' },
} as const

export type ProblemCode = keyof typeof problems

/** Extension members of RFC 9457; `nearest` are the valid values closest to the one refused. */
export interface ProblemExtras {
  readonly nearest?: readonly string[]
  readonly allow?: readonly string[]
  readonly faults?: readonly unknown[]
}

/** An error of the sandbox itself, sent as `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: ProblemExtras
  readonly status: number

  /** @param status the other status of the code, if the table has two */
  constructor(
    code: ProblemCode,
    detail: string,
    extras: ProblemExtras = {},
    status: number = problems[code].status,
  ) {
    super(detail)
    this.code = code
    this.extras = extras
    this.status = status
  }

  /** The response headers that belong to it. */
  get headers(): Readonly<Record<string, string>> {
    const known = problems[this.code]
    return 'retryAfter' in known ? { 'retry-after': String(known.retryAfter) } : {}
  }

  toJSON(): Record<string, unknown> {
    return {
      type: `urn:sca-sandbox:problem:${this.code}`,
      title: problems[this.code].title,
      status: this.status,
      detail: this.message,
      code: this.code,
      ...this.extras,
    }
  }
}

/** For an error that the caller did not cause: only the log says what it was. */
export const internalError = () =>
  new Problem(
    'internal-error',
    'this is a bug in the sandbox, not in your request; see its log for details',
  )

/** One problem of a document or scenario file, at a place that an editor can jump to. */
export interface Diagnostic {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export const formatDiagnostic = ({ file, line, column, message }: Diagnostic) =>
  // A missing folder has no line.
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

/** Documents or scenario files cannot be used; carries every diagnostic, not only the first. */
export class LoadError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'))
    this.diagnostics = diagnostics
  }

  /** @deprecated use `diagnostics` */
  get faults(): readonly Diagnostic[] {
    warnOfOldName('LoadError', 'faults')
    return this.diagnostics
  }
}

/** Warns, once for each name and process, that a name of an earlier version is used. */
export function warnOfOldName(type: string, name: string): void {
  process.emitWarning(`${type}.${name} has a new name, see CHANGELOG.md`, {
    type: 'DeprecationWarning',
    code: `SANDBOX_OLD_${name}`,
  })
}

/** Everything has been reported already: exit code 1, no further output. */
export class ReportedError extends Error {}

/** The command line or a setting is wrong: one line for the user, exit code 2. */
export class UsageError extends Error {}

/** The operating system refused (port in use, unreadable file): one line, exit code 1. */
export class StartError extends Error {}
