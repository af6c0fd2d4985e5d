import type { Json } from './api.ts'

/** What HTTP itself says with each answer; a document's examples would belie the body. */
const HTTPS_OWN =
  /^(?:connection|keep-alive|transfer-encoding|trailer|upgrade|content-length|content-encoding)$/i

/** Whether an answer can have a header of that name because a document says so. */
export const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && !HTTPS_OWN.test(name)

/** A value as a header says it (OpenAPI's style `simple`); undefined where no header can. */
export function headerText(value: Json, explode: boolean): string | undefined {
  if (value === null) return undefined
  const text =
    typeof value === 'object' ? entries(value as object, explode).join(',') : String(value)
  // What a header may hold: letters of one byte, and no line's end.
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined
}

function entries(value: object, explode: boolean): string[] {
  if (Array.isArray(value)) return value.map(flat)
  return Object.entries(value).map(([key, item]) => [key, flat(item)].join(explode ? '=' : ','))
}

const flat = (item: unknown) => (typeof item === 'object' ? JSON.stringify(item) : String(item))
