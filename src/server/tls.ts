/** The certificate that HTTPS is served with. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { checkTls } from '../config/settings.ts'
import { StartError } from '../errors.ts'
import { describeSystemError } from '../yaml-file.ts'

/** Where the pair comes from: files, or `self-signed`; HTTP where nothing is said. */
export interface TlsOptions {
  readonly tls?: 'self-signed' | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

/** Both in PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/**
 * The pair to serve HTTPS with; undefined where HTTP is wanted.
 *
 * @throws UsageError if only half of a pair is named, or two pairs are
 * @throws StartError if a file cannot be read, or the two do not belong together
 */
export async function pairOf(options: TlsOptions): Promise<Pair | undefined> {
  checkTls(options)
  const { tls, tlsCert, tlsKey } = options
  if (tls === 'self-signed') return selfSigned()
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const pair = { cert: readPem(tlsCert), key: readPem(tlsKey) }
  const fault = faultOf(pair)
  if (fault) throw new StartError(`--tls-cert ${tlsCert} and --tls-key ${tlsKey}: ${fault}`)
  return pair
}

function faultOf({ cert, key }: Pair): string | undefined {
  try {
    // With a key of another kind a context can be made, but no connection.
    const fit = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    if (!fit) return 'the certificate is not of this key'
    createSecureContext({ cert, key })
    return undefined
  } catch (error) {
    return `they are no certificate and key in PEM: ${(error as Error).message}`
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`cannot read ${path}: ${describeSystemError(error)}`)
  }
}

/** For development: names this machine only, and nobody has reason to trust it. */
async function selfSigned(): Promise<Pair> {
  const { generate } = await import('selfsigned')
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}
