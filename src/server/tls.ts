/** The certificate that HTTPS is served with. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { systemClock } from '../clock.ts'
import type { Config } from '../config/settings.ts'
import { StartError } from '../errors.ts'
import { describeSystemError } from '../yaml-file.ts'
import type { TlsPair } from './certificate.ts'

/**
 * The certificate and key for HTTPS; undefined for HTTP.
 *
 * @throws StartError if a file cannot be read, or the two do not belong together
 */
export async function loadTlsPair({
  tls,
  tlsCert,
  tlsKey,
}: Partial<Pick<Config, 'tls' | 'tlsCert' | 'tlsKey'>>): Promise<TlsPair | undefined> {
  if (tls === 'self-signed') return makeSelfSigned()
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const pair = { cert: readPem(tlsCert), key: readPem(tlsKey) }
  const fault = describeMismatch(pair)
  if (fault) throw new StartError(`--tls-cert ${tlsCert} and --tls-key ${tlsKey}: ${fault}`)
  return pair
}

function describeMismatch({ cert, key }: TlsPair): string | undefined {
  try {
    // With a key of another type a context can be made, but no connection.
    const fit = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    if (!fit) return 'the certificate does not belong to this key'
    createSecureContext({ cert, key })
    return undefined
  } catch (error) {
    return `they are not a certificate and key in PEM: ${(error as Error).message}`
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`cannot read ${path}: ${describeSystemError(error)}`)
  }
}

/** For development: it names this machine only, and no client trusts it by itself. */
async function makeSelfSigned(): Promise<TlsPair> {
  const { makeCertificate } = await import('./certificate.ts')
  return makeCertificate(systemClock.now())
}
