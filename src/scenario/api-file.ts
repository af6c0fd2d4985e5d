/** Compiles api.yaml: what applies to all scenarios of an API. */

import { parseDuration } from '../clock.ts'
import type { Contract, Operation } from '../contract/model.ts'
import type { Diagnostic, Path } from '../errors.ts'
import { Diagnostics } from '../errors.ts'
import type { YamlFile } from '../yaml-file.ts'
import { compileCommon, NOTHING_IN_COMMON, type RawCommon } from './common.ts'
import { compileRule, compileSubject } from './compile.ts'
import { compileRespond } from './compile-response.ts'
import type { Language } from './expression.ts'
import type { RefusalKind } from './format.ts'
import type { IdempotencyRefusal, RespondTemplate, Rule, ScenarioSet } from './model.ts'
import { hasResponse, type RawRespond, readResponse } from './raw.ts'

interface RawApi extends RawCommon {
  readonly world?: string
  readonly subject?: string
  readonly constants?: Readonly<Record<string, unknown>>
  readonly credentials?: readonly { readonly when: string; readonly respond: RawRespond }[]
  readonly idempotency?: RawIdempotency
  readonly answers?: Readonly<Partial<Record<RefusalKind, RawRespond>>>
}

interface RawIdempotency {
  readonly header: string
  readonly keep: string
  readonly mismatch?: RawRespond
  readonly longest?: number
  readonly tooLong?: RawRespond
}

type ApiRules = Pick<
  ScenarioSet,
  'subject' | 'secretSubject' | 'credentials' | 'refusals' | 'idempotency' | 'common'
>

const readRawApi = (source: YamlFile | undefined): RawApi => (source?.value ?? {}) as RawApi

/** The name of the API whose state this one shares; undefined for its own. */
export const readWorld = (source: YamlFile | undefined): string | undefined =>
  readRawApi(source).world

export const readConstants = (source: YamlFile | undefined) => readRawApi(source).constants ?? {}

export const readCommonHeaders = (source: YamlFile | undefined): ReadonlySet<string> =>
  new Set(Object.keys(readRawApi(source).headers ?? {}).map((name) => name.toLowerCase()))

/** Without the file, the bearer token is the subject and the contract says how to refuse. */
export function loadApi(
  source: YamlFile | undefined,
  contract: Contract,
  language: Language,
  list: Diagnostic[],
): ApiRules {
  if (!source) {
    return {
      subject: ({ token }) => token,
      secretSubject: true,
      credentials: [],
      refusals: new Map(),
      idempotency: undefined,
      common: NOTHING_IN_COMMON,
    }
  }
  return new ApiLoader(contract, language, source, list).run(readRawApi(source))
}

class ApiLoader {
  readonly #contract: Contract
  readonly #language: Language
  readonly #diagnostics: Diagnostics
  readonly #commonHeaders: ReadonlySet<string>
  readonly #source: YamlFile
  readonly #list: Diagnostic[]

  constructor(contract: Contract, language: Language, source: YamlFile, list: Diagnostic[]) {
    this.#contract = contract
    this.#language = language
    this.#source = source
    this.#list = list
    this.#diagnostics = new Diagnostics(source, list)
    this.#commonHeaders = readCommonHeaders(source)
  }

  run(raw: RawApi): ApiRules {
    const { subject = 'token', credentials = [], answers = {}, idempotency } = raw
    const expression = compileSubject(subject, ['subject'], this.#language, this.#diagnostics)
    return {
      subject: expression ?? (() => ''),
      secretSubject: /\b(token|apiKey)\b/.test(subject),
      credentials: credentials.flatMap((raw, index) => this.#compileCredential(raw, index)),
      refusals: new Map(
        Object.entries(answers).flatMap(([name, raw]) =>
          this.#compileAnswer(['answers', name], raw as RawRespond).map(
            (respond) => [name as RefusalKind, respond] as const,
          ),
        ),
      ),
      idempotency: idempotency && this.#compileIdempotency(idempotency),
      common: compileCommon(raw, this.#context()),
    }
  }

  #compileCredential(raw: NonNullable<RawApi['credentials']>[number], index: number): Rule[] {
    const path: Path = ['credentials', index]
    if (raw.respond === 'default') {
      this.#diagnostics.add(
        [...path, 'respond'],
        'credentials are refused with a status, not with `default`',
      )
      return []
    }
    const response = readResponse(raw)
    const [first, ...others] = this.#listOperations()
    const has = (operation: Operation) => response !== undefined && hasResponse(operation, response)
    const operation = [first, ...others].find((each) => each && has(each)) ?? first
    return operation ? [compileRule(raw, path, this.#context(operation)).rule] : []
  }

  #compileIdempotency({ header, keep, mismatch, longest = 0, tooLong }: RawIdempotency) {
    const [another] = this.#compileIdempotencyRefusal('mismatch', mismatch)
    const [long] = this.#compileIdempotencyRefusal('tooLong', tooLong)
    return {
      header: header.toLowerCase(),
      keep: parseDuration(keep) ?? 0,
      mismatch: another,
      tooLong: long && { ...long, longest },
    }
  }

  #compileIdempotencyRefusal(
    key: 'mismatch' | 'tooLong',
    raw: RawRespond | undefined,
  ): IdempotencyRefusal[] {
    if (raw === undefined) return []
    const path = ['idempotency', key]
    const at = this.#diagnostics.locate(path)
    return this.#compileAnswer(path, raw).map((respond) => ({ at, respond }))
  }

  /** Compiles a refusal of any operation; the list is empty if there is something wrong with it. */
  #compileAnswer(path: Path, raw: RawRespond): RespondTemplate[] {
    if (raw === 'default') {
      this.#diagnostics.add(path, 'a refusal has a status, not `default`')
      return []
    }
    // It is sent for any operation: check it against every operation that documents its status.
    const status = typeof raw === 'number' ? raw : raw.status
    const found = this.#listOperations()
      .filter((operation) => hasResponse(operation, { status }))
      .map((operation) => this.#checkAnswer(raw, path, operation))
    const faulty = found.filter((list) => list.length > 0)
    // These two are sent where no operation was found: one that documents the body is enough.
    const enough = /^(notFound|methodNotAllowed)$/.test(String(path.at(-1)))
    const [first] = faulty
    if (first && (!enough || faulty.length === found.length)) {
      this.#list.push(...first)
      return []
    }
    return [compileRespond(raw, path, { ...this.#context(), operation: undefined })]
  }

  #checkAnswer(
    raw: Exclude<RawRespond, 'default'>,
    path: Path,
    operation: Operation,
  ): Diagnostic[] {
    const list: Diagnostic[] = []
    const diagnostics = new Diagnostics(this.#source, list)
    compileRespond(raw, path, { ...this.#context(operation), diagnostics })
    return list
  }

  #listOperations(): Operation[] {
    return [...this.#contract.operations.values()]
  }

  #context<T extends Operation | undefined>(operation?: T) {
    const [contract, language, diagnostics] = [this.#contract, this.#language, this.#diagnostics]
    const commonHeaders = this.#commonHeaders
    // Credentials and refusals plan nothing: their form has no room for it.
    const common = { language, diagnostics, commonHeaders, later: new Map(), webhooks: new Map() }
    return { contract, operation: operation as T, ...common }
  }
}
