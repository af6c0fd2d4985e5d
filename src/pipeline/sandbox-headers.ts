/** Request headers that are named as the sandbox's own are, but that it does not read. */
import type { RouteMatch } from '../contract/router.ts'
import { Problem } from '../errors.ts'
import type { Headers } from '../exchange/exchange.ts'
import { HEADERS, PLAYED, PREFIX } from '../exchange/http.ts'
import { isMisspelt, nearest, truncate } from '../suggest.ts'

/** Those that are read, and those of our responses, which a client may echo. */
const KNOWN: ReadonlySet<string> = new Set([...Object.values(HEADERS), ...Object.values(PLAYED)])

const NAMES = Object.values(HEADERS).map((name) => name.slice(PREFIX.length))

const NOTHING: readonly string[] = Object.freeze([])

/**
 * Lists the headers that begin as ours do and mean nothing to the sandbox.
 *
 * @throws Problem where one of ours is misspelt: ignoring it would look like obedience
 */
export function findIgnoredHeaders(headers: Headers, route: RouteMatch): readonly string[] {
  let ignored: string[] | undefined
  // No list of names is made: every request comes this way.
  for (const name in headers) {
    if (!name.startsWith(PREFIX) || KNOWN.has(name) || isDeclared(name, route)) continue
    refuseMisspelt(name)
    ignored ??= []
    ignored.push(truncate(name))
  }
  return ignored ?? NOTHING
}

/** An API may have such a header itself. */
const isDeclared = (name: string, route: RouteMatch): boolean =>
  route.kind === 'found' &&
  (route.operation.parameters.some((each) => each.in === 'header' && isNamed(each.name, name)) ||
    route.operation.apiKeys.some((key) => key.kind === 'apiKey' && isNamed(key.name, name)))

const isNamed = (declared: string, name: string) => declared.toLowerCase() === name

function refuseMisspelt(name: string): void {
  const written = name.slice(PREFIX.length)
  // Few misspell the first letter: `x-sandbox-version` is not meant to be a session.
  const candidates = NAMES.filter((known) => known[0] === written[0])
  if (!isMisspelt(written, candidates)) return
  const near = nearest(written, candidates).map((known) => `${PREFIX}${known}`)
  const [best] = near
  const detail = `the header "${truncate(name)}" is not understood; did you mean "${best}"?`
  throw new Problem('bad-header', detail, { nearest: near })
}
