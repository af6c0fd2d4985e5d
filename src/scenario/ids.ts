import type { IdSource } from './scope.ts'

/** Everything that an id or a generated body depends on. */
export interface SeedInput {
  readonly seed: number
  readonly session: string
  readonly api: string
  readonly subject: string
  readonly operation: string
}

/** Derives two 32-bit numbers from the seed input, the number of the call and a counter in the call. */
export function derivePair(
  seedInput: SeedInput,
  call: number,
  nth: number | string,
): [number, number] {
  const { seed, session, api, subject, operation } = seedInput
  // The lengths keep two inputs apart: a subject may contain any separator.
  return hashToPair(
    `${seed} ${session.length} ${session} ${api.length} ${api} ${subject.length} ${subject} ${operation} ${call} ${nth}`,
  )
}

/**
 * Hashes a string to 64 bits: two multiplicative hashes mixed into each other. Ids must differ but need
 * not be secret, and a cryptographic hash costs more than all rules of a call.
 */
function hashToPair(text: string): [number, number] {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    high = Math.imul(high ^ letter, 0x9e3779b1)
    low = Math.imul(low ^ letter, 0x5f356495)
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  return [high >>> 0, low >>> 0]
}

/** Makes the id of a request, in the form of a UUID. Played requests and others never share one. */
export function makeRequestId(seedInput: SeedInput, call: number): string {
  const [a, b] = derivePair(seedInput, call, 'request')
  const [c, d] = derivePair(seedInput, call, 'id')
  // Version 4 and variant 1: there are clients that check. Every response has one: this is the fastest way.
  const third = `4${HEX_DIGITS[(b >>> 8) & 15]}${byte(b)}`
  const fourth = `${'89ab'[(c >>> 28) % 4]}${HEX_DIGITS[(c >>> 24) & 15]}${byte(c >>> 16)}`
  return `${toHex(a)}-${byte(b >>> 24)}${byte(b >>> 16)}-${third}-${fourth}-${byte(c >>> 8)}${byte(c)}${toHex(d)}`
}

const HEX_DIGITS = '0123456789abcdef'
const BYTES = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

/** The lowest byte in two digits. */
const byte = (word: number) => BYTES[word & 255]
const toHex = (word: number) =>
  `${byte(word >>> 24)}${byte(word >>> 16)}${byte(word >>> 8)}${byte(word)}`

/** Makes ids of 18 digits that begin with 1, and lists them in `issued`. */
export class DerivedIds implements IdSource {
  readonly issued: string[] = []
  readonly #seedInput: SeedInput
  readonly #call: number

  constructor(seedInput: SeedInput, call: number) {
    this.#seedInput = seedInput
    this.#call = call
  }

  next(): string {
    const [high, low] = derivePair(this.#seedInput, this.#call, this.issued.length)
    const id = `1${toDigits(high, 9)}${toDigits(low, 8)}`
    this.issued.push(id)
    return id
  }

  request(): string {
    return makeRequestId(this.#seedInput, this.#call)
  }
}

const toDigits = (value: number, count: number) => String(value % 10 ** count).padStart(count, '0')
