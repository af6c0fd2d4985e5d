/** What good values of settings are; each reader throws a UsageError that says what is wrong. */
import { UsageError } from '../errors.ts'
import { checkStoreUrl } from '../store/open.ts'
import { didYouMean } from '../suggest.ts'

export const text = (value: string) => value

export function whole(most: number) {
  return (value: string, from: string): number => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number <= most) return number
    throw new UsageError(`${from}: "${value}" is not a whole number from 0 to ${most}`)
  }
}

export function oneOf(allowed: readonly string[]) {
  return (value: string, from: string): string => {
    if (allowed.includes(value)) return value
    const hint = didYouMean(value, allowed)
    throw new UsageError(`${from}: "${value}" is not one of ${allowed.join(', ')}${hint}`)
  }
}

/** What a bearer token can be (RFC 6750, 2.1). */
export function secret(value: string, from: string): string {
  if (/^[\w.~+/-]+=*$/.test(value)) return value
  // The value itself is not told: logs keep what is printed here.
  throw new UsageError(`${from}: a token has letters, digits and -._~+/ only, then any "="`)
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
