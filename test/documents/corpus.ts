/** The documents that the sandbox is tested with: public ones as published, and our own. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { type Node, Reading } from './reading.ts'

export interface Corpus {
  readonly name: string
  readonly file: string
  /** Operations whose responses are known to be wrong. */
  readonly gaps?: readonly string[]
}

const HERE = dirname(fileURLToPath(import.meta.url))
/** Compressed, as SOURCES.md explains. */
const PUBLISHED = join(HERE, 'published')

let unpacked: string | undefined

/** Unpacks a published document into a file, which is removed when the process ends. */
function unpack(name: string): string {
  if (unpacked === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'sca-sandbox-documents-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    unpacked = folder
  }
  const file = join(unpacked, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, gunzipSync(readFileSync(join(PUBLISHED, `${name}.gz`))))
  return file
}

export const published = (id: string): Corpus => ({
  name: id.replace(/\.json$/, ''),
  file: unpack(id),
})

/** Small documents, each for a feature of OpenAPI. */
export const examples = (): Corpus[] =>
  ['3.0', '3.0/openapi-workshop', '3.1'].flatMap((folder) =>
    readdirSync(join(PUBLISHED, 'examples', folder))
      .filter((name) => name.endsWith('.json.gz'))
      .map((name) => basename(name, '.gz'))
      .map((name) => ({
        name: `${folder.slice(0, 3)} ${basename(name, '.json')}`,
        file: unpack(join('examples', folder, name)),
        // No final response has such a status, and an operation must have one: 200 is sent.
        gaps: [100, 101, 102, 103].map((status) => `GET /status/${status}`),
      })),
  )

export const galaxy = (): Corpus => ({
  name: 'galaxy',
  // Its pages are one schema with a $dynamicRef that several others fill, which is ignored.
  gaps: ['GET /planets'],
  file: unpack('galaxy.yaml'),
})

/** Our own, one for each part of the specification. */
export const own = (): Corpus[] =>
  readdirSync(HERE)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name: basename(name, '.yaml'), file: join(HERE, name) }))

export const broken = (name: string): string => join(HERE, 'broken', `${name}.yaml`)

export function read({ file }: Corpus): Reading {
  const text = readFileSync(file, 'utf8')
  return new Reading((file.endsWith('.json') ? JSON.parse(text) : parse(text)) as Node)
}
