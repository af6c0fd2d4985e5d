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
  const words = [...derivePair(seedInput, call, 'request'), ...derivePair(seedInput, call, 'id')]
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
  // Version 4 and variant 1: there are clients that check.
  const third = `4${hex.slice(13, 16)}`
  const fourth = `${'89ab'[Number.parseInt(hex.charAt(16), 16) % 4]}${hex.slice(17, 20)}`
  return [hex.slice(0, 8), hex.slice(8, 12), third, fourth, hex.slice(20)].join('-')
}

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
