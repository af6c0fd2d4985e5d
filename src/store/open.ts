/** The kinds of store. A new one is a file in this folder and a line in this table. */
import { resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { parseRedisUrl } from './redis-address.ts'
import type { Store, StoreOptions } from './store.ts'

/** Makes a store of one kind; it connects to nothing before its `open()`. */
type MakeStore = <R, A>(url: string, options: StoreOptions<R, A>) => Store<R, A>

interface StoreKind {
  /** How to write its URL. */
  readonly form: string
  /** Whether a path follows the scheme. */
  readonly isPath?: true
  /** @throws UsageError that begins with `from`, if the URL is not one of this kind */
  check(url: string, from: string): void
  /** Imports the store's file, and with it the libraries that only this kind needs. */
  load(): Promise<MakeStore>
}

/** By the scheme of their URLs. */
export const STORE_KINDS: Readonly<Record<string, StoreKind>> = {
  'memory:': {
    form: 'memory:',
    check: matching(/^memory:$/),
    load: async () => (await import('./memory.ts')).makeMemoryStore,
  },
  'file:': {
    form: 'file:./sandbox-state.json',
    isPath: true,
    check: matching(/^file:(?!\/\/[^/])./),
    load: async () => (await import('./file.ts')).makeFileStore,
  },
  'redis:': {
    form: 'redis://host:port/database',
    check: parseRedisUrl,
    load: async () => (await import('./redis.ts')).makeRedisStore,
  },
  'rediss:': {
    form: 'rediss://host:port/database',
    check: parseRedisUrl,
    load: async () => (await import('./redis.ts')).makeRedisStore,
  },
}

/** @throws UsageError that begins with `from` and shows nothing of the URL but its scheme */
export function checkStoreUrl(url: string, from: string): void {
  kindOf(url, from).check(url, from)
}

/**
 * How to make the store that a URL names; only its code is loaded.
 *
 * @throws UsageError if the URL is not that of a store
 */
export async function loadStore(
  url: string,
): Promise<<R, A>(options: StoreOptions<R, A>) => Store<R, A>> {
  checkStoreUrl(url, 'store')
  const make = await kindOf(url, 'store').load()
  return (options) => make(url, options)
}

/** Makes a relative path in the URL of a store absolute. */
export function resolveStoreUrl(url: string, folder: string): string {
  const [, scheme = '', path = ''] = /^([\w+-]+:)(?!\/)(.+)$/.exec(url) ?? []
  const isPath = Object.hasOwn(STORE_KINDS, scheme) && STORE_KINDS[scheme]?.isPath
  return isPath ? scheme + resolve(folder, path) : url
}

function kindOf(url: string, from: string): StoreKind {
  const scheme = /^[\w+-]+:/.exec(url)?.[0]
  if (scheme !== undefined && Object.hasOwn(STORE_KINDS, scheme)) {
    return STORE_KINDS[scheme] as StoreKind
  }
  // A URL may hold a password, and what stands before a colon may be a part of it.
  const shown = /^[\w+-]+:(?=\/\/|$)/.exec(url)?.[0]
  const what = shown === undefined ? 'this' : `"${shown}"`
  throw new UsageError(`${from}: ${what} is not a known store; use ${storeForms()}`)
}

/** The URLs that there are, for people. */
export const storeForms = () =>
  Object.values(STORE_KINDS)
    .map(({ form }) => form)
    .join(', ')

function matching(pattern: RegExp): StoreKind['check'] {
  return (url, from) => {
    if (!pattern.test(url))
      throw new UsageError(`${from}: this is not a known store; use ${storeForms()}`)
  }
}
