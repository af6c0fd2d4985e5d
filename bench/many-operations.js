import { parse, stringify } from 'yaml'

/** A document with as many operations as asked for: its own, and copies of them on other paths. */
export function manyOperations(text, count) {
  const document = parse(text)
  const own = Object.entries(document.paths)
  let made = own.length
  for (let copy = 1; made < count; copy++) {
    for (const [path, item] of own) {
      if (made++ >= count) break
      document.paths[`/copies/${copy}${path}`] = copied(item, copy)
    }
  }
  return stringify(document, { aliasDuplicateObjects: false })
}

const copied = (item, copy) =>
  Object.fromEntries(
    Object.entries(item).map(([method, operation]) => [
      method,
      operation?.operationId
        ? { ...operation, operationId: `${operation.operationId}Copy${copy}` }
        : operation,
    ]),
  )
