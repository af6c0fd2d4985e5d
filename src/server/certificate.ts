/** A self-signed certificate for development: X.509 version 3 (RFC 5280) in DER, on node:crypto. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its private key, both in PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

const DAY = 86_400_000
// Some clients reject what is valid for longer than 398 days.
const VALID_DAYS = 365
// The clock of a device or a container may be behind.
const EARLIER_DAYS = 1

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const EXTENDED_KEY_USAGE = '551d25'
const SERVER_AUTH = '2b06010505070301'
const SUBJECT_ALT_NAME = '551d11'

/** An element of DER: its tag, the length of its content, and the content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const inner = Buffer.concat(content)
  if (inner.length < 0x80) return Buffer.concat([Buffer.from([tag, inner.length]), inner])
  const digits = inner.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, inner])
}

const sequence = (...content: readonly Buffer[]) => der(0x30, ...content)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const integer = (bytes: Buffer) => der(0x02, bytes)
// The number in front counts the unused bits of the last byte.
const bitString = (bytes: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), bytes)
const string = (tag: number, text: string) => der(tag, Buffer.from(text))

/** UTCTime, which has two digits for the year, up to 2049; GeneralizedTime from then on. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')
  return text < '2050' ? string(0x17, text.slice(2)) : string(0x18, text)
}

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(objectId(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))

/** Names the machine itself: localhost, 127.0.0.1 and ::1. */
const alternativeNames = sequence(
  string(0x82, 'localhost'),
  der(0x87, Buffer.from([127, 0, 0, 1])),
  der(0x87, Buffer.from([...Array<number>(15).fill(0), 1])),
)

/** Not a certificate authority, for servers alone: whoever trusts it trusts nothing else by it. */
const extensions = sequence(
  extension(BASIC_CONSTRAINTS, sequence(), true),
  extension(KEY_USAGE, bitString(Buffer.from([0x80]), 7), true),
  extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTH))),
  extension(SUBJECT_ALT_NAME, alternativeNames),
)

/** The part of a certificate that is signed. */
function toBeSigned(publicKey: KeyObject, algorithm: Buffer, now: number): Buffer {
  const serial = randomBytes(16)
  // Positive, and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const name = sequence(der(0x31, sequence(objectId(COMMON_NAME), string(0x0c, 'localhost'))))
  return sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(now - EARLIER_DAYS * DAY), time(now + VALID_DAYS * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
}

/**
 * Makes a new key (EC, P-256) and a certificate for this machine that is valid for a year.
 *
 * @param now milliseconds since the epoch
 */
export function makeCertificate(now: number): TlsPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256))
  const signed = toBeSigned(publicKey, algorithm, now)
  const certificate = sequence(signed, algorithm, bitString(sign('sha256', signed, privateKey)))
  const lines = certificate.toString('base64').replace(/.{1,64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
