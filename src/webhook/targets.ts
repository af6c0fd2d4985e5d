/** Where notifications go, and where they may go: only to origins that the operator named. */
import { splitTarget } from '../config/values.ts'
import { UsageError } from '../errors.ts'
import { didYouMean, truncate } from '../suggest.ts'
import type { Notification } from './delivery.ts'

/** Where one notification goes; without a URL, `reason` says why it goes nowhere. */
export type Target =
  | { readonly kind: 'send'; readonly url: URL }
  | { readonly kind: 'nowhere'; readonly reason: string }
  | { readonly kind: 'refused'; readonly url: string; readonly reason: string }

const NO_URL = 'no URL is set: use --webhook-url, or the webhookUrl of the session'
const NO_CALLBACK_URL = 'the request names no URL for it'

export class Targets {
  readonly #byApi = new Map<string | undefined, URL>()
  readonly #origins: ReadonlySet<string>

  /**
   * @param urls as `--webhook-url` has them: a URL for all APIs, or `API=URL`
   * @param allow further origins
   * @throws UsageError if two URLs are for the same APIs
   */
  constructor(urls: readonly string[], allow: readonly string[]) {
    for (const value of urls) {
      const { api, url } = splitTarget(value)
      if (this.#byApi.has(api)) {
        const whose = api === undefined ? 'for all APIs' : `for ${api}`
        throw new UsageError(`--webhook-url: there are two URLs ${whose}; keep one of them`)
      }
      this.#byApi.set(api, new URL(url))
    }
    this.#origins = new Set([...allow, ...[...this.#byApi.values()].map(({ origin }) => origin)])
  }

  /** @throws UsageError if a URL is for an API that is not loaded */
  checkApis(names: ReadonlySet<string>): void {
    for (const api of this.#byApi.keys()) {
      if (api === undefined || names.has(api)) continue
      const hint = didYouMean(api, names) || `; there are ${[...names].join(', ')}`
      throw new UsageError(`--webhook-url: there is no API "${truncate(api)}"${hint}`)
    }
  }

  /** @param sessionUrl takes the place of the operator's URLs */
  find({ api, path, url: own }: Notification, sessionUrl: string | undefined): Target {
    if (own === null) return { kind: 'nowhere', reason: NO_CALLBACK_URL }
    const given = own ?? sessionUrl
    const base = given === undefined ? this.#default(api) : parseHttpUrl(given)
    if (base === undefined && given === undefined) return { kind: 'nowhere', reason: NO_URL }
    const reason = given === undefined ? undefined : this.refusal(given)
    if (base === undefined || reason !== undefined) {
      const shown = base ? withoutCredentials(base) : truncate(given ?? '')
      return { kind: 'refused', url: shown, reason: reason ?? '' }
    }
    return { kind: 'send', url: own === undefined ? appendPath(base, path) : base }
  }

  /** Says why nothing may be sent to a URL; undefined where it may. */
  refusal(text: string): string | undefined {
    const url = parseHttpUrl(text)
    if (!url) return `"${truncate(text)}" is not an http or https URL`
    if (url.username !== '' || url.password !== '') {
      return 'the URL must not have a user name or password'
    }
    if (this.#origins.has(url.origin)) return undefined
    return `${truncate(url.origin)} is not allowed: start with --webhook-allow ${truncate(url.origin)}`
  }

  #default(api: string): URL | undefined {
    return this.#byApi.get(api) ?? this.#byApi.get(undefined)
  }
}

const parseHttpUrl = (text: string): URL | undefined =>
  /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined

/** Appends to the path and keeps the query: it may hold a key of the receiver's. */
function appendPath(base: URL, path: string): URL {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`
  return url
}

function withoutCredentials(base: URL): string {
  const url = new URL(base)
  url.username = ''
  url.password = ''
  return url.href
}
