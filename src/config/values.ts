/** Readers of values: each throws a UsageError that says what is wrong. */
import { UsageError } from '../errors.ts'
import { checkStoreUrl } from '../store/open.ts'
import { didYouMean } from '../suggest.ts'

/** An empty host, for one, would listen on all addresses. */
export function text(value: string, from: string): string {
  if (value === '') throw new UsageError(`${from}: the value is empty`)
  return value
}

export function whole(most: number) {
  return (value: string, from: string): number => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number <= most) return number
    throw new UsageError(`${from}: "${value}" is not a whole number from 0 to ${most}`)
  }
}

export function oneOf<const Value extends string>(allowed: readonly Value[]) {
  return (value: string, from: string): Value => {
    const found = allowed.find((each) => each === value)
    if (found !== undefined) return found
    const hint = didYouMean(value, allowed)
    throw new UsageError(`${from}: "${value}" is not one of ${allowed.join(', ')}${hint}`)
  }
}

/** The characters of a bearer token (RFC 6750, 2.1). */
export function secret(value: string, from: string): string {
  if (/^[\w.~+/-]+=*$/.test(value)) return value
  if (value === '') {
    throw new UsageError(`${from}: the token is empty; set one, or leave it out to have none`)
  }
  // Logs keep what is printed here: no part of the value.
  throw new UsageError(`${from}: a token can only have letters, digits and -._~+/, then any "="`)
}

export function storeUrl(value: string, from: string): string {
  checkStoreUrl(value, from)
  return value
}

export function hostName(value: string, from: string): string {
  if (/^[\w-]+(\.[\w-]+)*$/.test(value)) return value
  throw new UsageError(`${from}: "${value}" is not a host name, without scheme and port`)
}

export function yesOrNo(value: string, from: string): boolean {
  if (/^(true|1|yes|on)$/i.test(value)) return true
  if (/^(false|0|no|off)$/i.test(value)) return false
  throw new UsageError(`${from}: "${value}" is neither true nor false`)
}

/** Splits `API=URL`; the URL itself may have a "=" further on. */
export function splitTarget(value: string): { readonly api: string | undefined; url: string } {
  const [whole = '', api] = /^([^=:/?#]+)=/.exec(value) ?? []
  return { api, url: value.slice(whole.length) }
}

/** A URL that webhooks go to, for all APIs or for one: `API=URL`. */
export function webhookUrl(value: string, from: string): string {
  const url = httpUrl(splitTarget(value).url, from, 'http://127.0.0.1:3000/hooks')
  if (url.hash !== '') throw new UsageError(`${from}: "${value}" must not have a "#"`)
  return value
}

/** Scheme, host and port, as browsers write them. */
export function webOrigin(value: string, from: string): string {
  const { origin, pathname, search, hash } = httpUrl(value, from, 'http://127.0.0.1:3000')
  if (pathname === '/' && search === '' && hash === '') return origin
  throw new UsageError(`${from}: "${value}" has more than an origin; use ${origin}`)
}

function httpUrl(value: string, from: string, example: string): URL {
  const url = /^https?:\/\//i.test(value) && URL.canParse(value) ? new URL(value) : undefined
  if (!url)
    throw new UsageError(`${from}: "${value}" is not an http or https URL, such as ${example}`)
  if (url.username === '' && url.password === '') return url
  // Logs keep what is printed here: not the value.
  throw new UsageError(`${from}: the URL must not have a user name or password`)
}
