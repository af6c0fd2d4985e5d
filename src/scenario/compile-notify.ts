/** Compiles `notify`: webhooks of a document that a rule has sent, checked against the contract. */
import { parseDuration } from '../clock.ts'
import type { Json, Webhook } from '../contract/model.ts'
import { resolveRuntimeTemplate } from '../contract/runtime-expression.ts'
import { type Path, Problem } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import type { ChangeContext } from './compile-context.ts'
import { fillHoles, isUndecided } from './compile-response.ts'
import type { Language } from './expression.ts'
import type { Notice, NotifyTemplate, Template } from './model.ts'
import type { RawNotify } from './raw.ts'
import type { Scope } from './scope.ts'
import { type Compiled, compileTemplate, toJson } from './template.ts'

export function compileNotifications(
  raw: RawNotify | readonly RawNotify[] | undefined,
  path: Path,
  context: ChangeContext,
): readonly NotifyTemplate[] {
  if (raw === undefined) return []
  const isList = Array.isArray(raw)
  return [raw].flat().flatMap((each: RawNotify, index) => {
    const compiled = compileNotification(each, isList ? [...path, index] : path, context)
    return compiled ? [compiled] : []
  })
}

/** Compiles a webhook that is sent once, or for each item of a list. */
function compileNotification(
  raw: RawNotify,
  path: Path,
  context: ChangeContext,
): NotifyTemplate | undefined {
  const { diagnostics, language } = context
  const { each } = raw
  if (each === undefined) {
    const single = compileSingle(raw, path, context)
    return single && ((scope) => [single(scope)])
  }
  const list = diagnostics.attempt([...path, 'each'], () => language.compile(each))
  const withItem = diagnostics.attempt(path, () => language.withVariable('item', 'dyn'))
  const single = compileSingle(raw, path, { ...context, language: withItem ?? language })
  if (!list || !single) return undefined
  return (scope) => {
    const items = list.evaluate(scope)
    return (Array.isArray(items) ? items : []).map((item) =>
      single(Object.assign(Object.create(scope) as Scope, { item })),
    )
  }
}

function compileSingle(
  raw: RawNotify,
  path: Path,
  context: ChangeContext,
): ((scope: Scope) => Notice) | undefined {
  const { webhooks, diagnostics, language } = context
  // A vendor's document may come without its webhooks; then there is nothing to send.
  if (webhooks.size === 0) return undefined
  const webhook = webhooks.get(raw.webhook)
  if (!webhook) {
    const known = [...webhooks.keys()]
    const hint = didYouMean(raw.webhook, known) || `; there are ${known.join(', ') || 'none'}`
    diagnostics.add([...path, 'webhook'], `no document has a webhook "${raw.webhook}"${hint}`)
    return undefined
  }
  const body = compileBody(raw, webhook, path, context)
  // A signature covers the body as it is sent.
  const withBody = diagnostics.attempt(path, () => language.withVariable('body', 'string'))
  const headers = compileHeaders(raw, path, withBody ?? language, context)
  const copies = compileValue(raw.copies, [...path, 'copies'], context)
  const delay = compileValue(raw.delay, [...path, 'delay'], context)
  const at = diagnostics.locate(path)
  const retryAfter = raw.retry?.map((wait) => parseDuration(wait) ?? 0)
  return (scope) => {
    const json = body?.evaluate(scope) as Json | undefined
    const text = json === undefined ? '' : JSON.stringify(json)
    const sent = Object.assign(Object.create(scope) as Scope, { body: text })
    const values = Object.fromEntries(headers.map(([name, value]) => [name, String(value(sent))]))
    checkFinished(webhook, json, values, at)
    const content = webhook.message.content?.type ?? 'application/json'
    return {
      api: webhook.api,
      webhook: webhook.name,
      method: webhook.method,
      path: webhook.path,
      ...(webhook.callback && { url: resolveUrl(webhook.callback.url, scope) }),
      headers: { ...(text !== '' && { 'content-type': content }), ...values },
      body: text,
      at: scope.now.getTime(),
      ...(retryAfter && { retryAfter }),
      copies: copies === undefined ? 1 : toNumber(copies(scope)),
      delay: delay === undefined ? 0 : toMs(delay(scope)),
    } satisfies Notice
  }
}

/** The URL that a callback names; null if the request lacks a value of it. */
const resolveUrl = (
  template: NonNullable<Webhook['callback']>['url'],
  { request }: Scope,
): string | null =>
  resolveRuntimeTemplate(template, {
    url: '',
    method: request.method,
    request: { ...request, headers: request.headers },
    response: { status: 0, headers: {}, body: null },
  }) ?? null

function compileBody(
  { body, webhook: name, headers: given = {} }: RawNotify,
  webhook: Webhook,
  path: Path,
  { language, diagnostics }: ChangeContext,
): Compiled | undefined {
  if (body === undefined) {
    if (webhook.bodyRequired) diagnostics.add(path, `the webhook "${name}" needs a "body"`)
    return undefined
  }
  const at = [...path, 'body']
  const compiled = diagnostics.attempt(at, () => compileTemplate(language, body, toJson))
  if (!compiled) return undefined
  const isComputed = (name: string) => String(given[name]).includes('${')
  const names = Object.keys(given)
  const constant = names.filter((name) => !isComputed(name)).map((name) => [name, `${given[name]}`])
  const sample = fillHoles(body, compiled.holes)
  for (const violation of webhook.check(sample, Object.fromEntries(constant))) {
    // A computed header is checked when it is finished.
    if (names.includes(violation.path) && isComputed(violation.path)) continue
    if (compiled.holes.some((hole) => isUndecided(hole, violation))) continue
    const place = violation.path.split('/').slice(1)
    diagnostics.add([...at, ...place], `the webhook "${name}": ${violation.message}`)
  }
  return compiled
}

function compileHeaders(
  { headers = {} }: RawNotify,
  path: Path,
  language: Language,
  { diagnostics }: ChangeContext,
): readonly (readonly [string, Template])[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = [...path, 'headers', name]
    const compiled = diagnostics.attempt(at, () => compileTemplate(language, value, toJson))
    return compiled ? [[name.toLowerCase(), compiled.evaluate] as const] : []
  })
}

const compileValue = (
  value: string | number | undefined,
  path: Path,
  { language, diagnostics }: ChangeContext,
): Template | undefined =>
  value === undefined
    ? undefined
    : diagnostics.attempt(path, () => compileTemplate(language, value, toJson))?.evaluate

function toNumber(value: unknown): number {
  const number = Number(value)
  return Number.isInteger(number) && number >= 0 ? number : 1
}

const toMs = (value: unknown): number =>
  typeof value === 'string' ? (parseDuration(value) ?? 0) : 0

/** @throws Problem if the finished notification breaks the contract */
function checkFinished(
  webhook: Webhook,
  body: Json | undefined,
  headers: Readonly<Record<string, string>>,
  at: string,
): void {
  const violations = webhook.check(body, headers)
  if (violations.length === 0) return
  const reasons = violations.map(({ message }) => message).join('; ')
  const what = `the webhook ${webhook.name} violates the contract: ${reasons}`
  throw new Problem('answer-breaks-contract', `${at}: ${what}`)
}
