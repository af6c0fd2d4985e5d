import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.ts'
import { makeCertificate } from '../../src/server/certificate.ts'

const NOW = systemClock.now()
const DAY = 86_400_000

t.test('a certificate names the machine and its addresses', async (t) => {
  const { subject, issuer, subjectAltName } = new X509Certificate(makeCertificate(NOW).cert)
  t.equal(subject, 'CN=localhost')
  t.equal(issuer, 'CN=localhost')
  t.equal(subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
})

t.test('a certificate is accepted for these names and no others', async (t) => {
  const certificate = new X509Certificate(makeCertificate(NOW).cert)
  t.equal(certificate.checkHost('localhost'), 'localhost')
  t.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  t.equal(certificate.checkIP('::1'), '::1')
  t.equal(certificate.checkHost('example.com'), undefined)
  t.equal(certificate.checkIP('127.0.0.2'), undefined)
})

t.test('a certificate belongs to its key, and is signed with it', async (t) => {
  const { cert, key } = makeCertificate(NOW)
  const certificate = new X509Certificate(cert)
  const privateKey = createPrivateKey(key)
  t.ok(certificate.checkPrivateKey(privateKey))
  t.ok(certificate.verify(createPublicKey(privateKey)))
  t.equal(privateKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  t.notOk(certificate.checkPrivateKey(createPrivateKey(makeCertificate(NOW).key)))
})

t.test('a certificate serves TLS and signs no others', async (t) => {
  const certificate = new X509Certificate(makeCertificate(NOW).cert)
  t.equal(certificate.ca, false)
  // Node calls the extended usage so: id-kp-serverAuth.
  t.same(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
})

t.test('every certificate has a serial number of its own, positive and of 16 bytes', async (t) => {
  const serials = Array.from({ length: 50 }, () => {
    return new X509Certificate(makeCertificate(NOW).cert).serialNumber
  })
  t.equal(new Set(serials).size, 50)
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/)
})

// A year is written with two digits until 2049, and with four afterwards.
for (const year of [2026, 2048, 2049, 2050, 2051]) {
  t.test(`a certificate made in ${year} is valid for a year`, async (t) => {
    const now = Date.UTC(year, 5, 15, 12, 30, 45, 678)
    const { validFrom, validTo } = new X509Certificate(makeCertificate(now).cert)
    const second = Math.floor(now / 1_000) * 1_000
    t.equal(Date.parse(validFrom), second - DAY)
    t.equal(Date.parse(validTo), second + 365 * DAY)
  })
}

t.test('a client that is given the certificate as an authority trusts the server', async (t) => {
  const pair = makeCertificate(NOW)
  const server = createServer(pair, (_, response) => response.end('hello')).listen(0)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.equal(await fetchText(port, pair.cert), 'hello')
  await t.rejects(fetchText(port, makeCertificate(NOW).cert), {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  })
})

function fetchText(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: 'localhost', port, ca, agent: false }, (response) => {
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

const openssl = (...args: string[]) => spawnSync('openssl', args, { encoding: 'utf8' })
const skip = openssl('version').status !== 0 && 'no openssl'

const inFile = (t: Test) => {
  const path = `${t.testdir({})}/cert.pem`
  writeFileSync(path, makeCertificate(NOW).cert)
  return path
}

t.test('openssl verifies the certificate strictly', { skip }, async (t) => {
  const path = inFile(t)
  const args = [
    '-x509_strict',
    '-check_ss_sig',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'localhost',
  ]
  const { status, stderr } = openssl('verify', ...args, '-CAfile', path, path)
  t.equal(status, 0, stderr)
})

t.test('openssl reads every field of the certificate', { skip }, async (t) => {
  const { stdout } = openssl('x509', '-noout', '-text', '-in', inFile(t))
  for (const line of [
    /Version: 3 \(0x2\)/,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Issuer: CN = ?localhost|Issuer: CN=localhost/,
    /ASN1 OID: prime256v1/,
    /Basic Constraints: critical\s+CA:FALSE/,
    /Key Usage: critical\s+Digital Signature\n/,
    /Extended Key Usage: ?\s+TLS Web Server Authentication/,
    /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/,
  ]) {
    t.match(stdout, line)
  }
})
