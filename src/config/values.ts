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
