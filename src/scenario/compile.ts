/** Compiles the rules of operations. */
import { parseDuration } from '../clock.ts'
import type { Operation } from '../contract/model.ts'
import type { Diagnostics, Path } from '../errors.ts'
import { type CompiledRule, checkReach, makeKeyCheck } from './checks.ts'
import { compileChange } from './compile-change.ts'
import type { RuleContext } from './compile-context.ts'
import { compileLets } from './compile-names.ts'
import { compileRespond } from './compile-response.ts'
import { runExpressions } from './decide.ts'
import type { Language } from './expression.ts'
import type { OperationRules, Rule, Template } from './model.ts'
import {
  hasResponse,
  listRules,
  type RawOperationRules,
  type RawRule,
  readResponse,
} from './raw.ts'

/** Compiles the rules of one operation. */
export function compileOperationRules(
  raw: RawOperationRules,
  path: Path,
  outer: RuleContext,
): OperationRules {
  const { operation, diagnostics } = outer
  // The rules of `*` are for operations with a body and for others.
  const isNamed = path.at(-1) !== '*'
  const language = outer.language.withCheck(
    makeKeyCheck({
      path: pathParameterNames(operation),
      body: operation.bodyFields,
      bodiless: isNamed && !operation.body ? operation.id : undefined,
    }),
  )
  const kind = raw.calls ? 'calls' : 'rules'
  const list = raw[kind]
  if (!list) diagnostics.add(path, '"calls" or "rules" is needed')
  if (raw.calls && raw.rules) diagnostics.add(path, '"calls" and "rules" exclude each other')
  const foreign = compileForeign(raw.foreign, [...path, 'foreign'], language, diagnostics)
  const withForeign = foreign ? language.withVariable('foreign', 'list<string>') : language
  const named = compileLets(raw.let, [...path, 'let'], withForeign, diagnostics)
  const context = { ...outer, language: named.language }
  const compiled = listRules(raw).map((rule, index) =>
    compileRule(rule, [...path, kind, index], context),
  )
  checkReach(list ?? [], compiled, [...path, kind], diagnostics, kind)
  return {
    kind,
    rules: compiled.map(({ rule }) => rule),
    lets: named.lets,
    subject: compileSubject(raw.subject, [...path, 'subject'], language, diagnostics),
    foreign,
  }
}

/** Compiles an expression over the request that is evaluated before any rule is looked at. */
function compileQuery(
  source: string | undefined,
  path: Path,
  { language, diagnostics }: Pick<RuleContext, 'language' | 'diagnostics'>,
  { types, expected, label = '' }: { types: RegExp; expected: string; label?: string },
): Template | undefined {
  if (source === undefined) return undefined
  const expression = diagnostics.attempt(path, () => language.compile(source))
  if (expression && !types.test(expression.type)) {
    diagnostics.add(path, `"${source}" is a ${expression.type}; ${expected}`)
  }
  const at = diagnostics.locate(path) + label
  return expression && ((scope) => runExpressions({ at }, () => expression.evaluate(scope)))
}

const compileForeign = (
  source: string | undefined,
  path: Path,
  language: Language,
  diagnostics: Diagnostics,
) =>
  compileQuery(
    source,
    path,
    { language, diagnostics },
    { types: /^(list|dyn)/, expected: '"foreign" is a list of ids' },
  )

export const compileSubject = (
  source: string | undefined,
  path: Path,
  language: Language,
  diagnostics: Diagnostics,
) =>
  compileQuery(
    source,
    path,
    { language: language.forSubjects(), diagnostics },
    { types: /^(string|dyn)$/, expected: 'a subject is a string', label: ': the subject' },
  )

/** Compiles the rules that precede those of one operation; it lacks the responses of some. */
export function compileRulesBefore(
  raw: RawOperationRules,
  path: Path,
  context: RuleContext,
): readonly Rule[] {
  const { operation, diagnostics } = context
  return listRules(raw).flatMap((rule, index) => {
    const response = readResponse(rule)
    const at = [...path, 'rules', index]
    if (rule.respond === 'default') {
      diagnostics.add([...at, 'respond'], 'leave "respond" out: the rules of the operation follow')
    }
    const fits = !response || hasResponse(operation, response)
    return fits ? [compileAnyRule(rule, at, context).rule] : []
  })
}

/** Compiles a rule that makes a response. */
export function compileRule(raw: RawRule, path: Path, outer: RuleContext): CompiledRule {
  if (raw.respond === undefined && raw.fault === undefined) {
    outer.diagnostics.add(path, 'the rule makes no response: add "respond" or "fault"')
  }
  return compileAnyRule(raw, path, outer)
}

function compileAnyRule(raw: RawRule, path: Path, outer: RuleContext): CompiledRule {
  const { diagnostics, contract, operation, commonHeaders } = outer
  const { respond, fault } = raw
  // A rule below `*` is compiled, and counted, once for each operation.
  const { rule, guard, language } = compileChange(raw, path, { ...outer, owner: operation.id })
  const context = { contract, operation, language, diagnostics, commonHeaders }
  const responding: Rule = {
    ...rule,
    times: raw.times,
    respond:
      respond === undefined || respond === 'default'
        ? respond
        : compileRespond(respond, [...path, 'respond'], context),
    delay: raw.delay === undefined ? 0 : (parseDuration(raw.delay) ?? 0),
    fault,
  }
  return { rule: responding, guard }
}

const pathParameterNames = ({ parameters }: Operation) =>
  parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
