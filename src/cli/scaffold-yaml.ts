/** Scenario files as text, laid out for a person who will edit them. */
import type { Pair, Scalar } from 'yaml'
import type { Operation } from '../contract/model.ts'
import { yaml } from '../yaml-file.ts'

/** What a scenario says about one operation. */
export interface OperationPart {
  readonly operation: Operation
  /** What the operation does, behind its method and path: `returns a stored item.` */
  readonly comment: string
  readonly script: object
}

/** How many nodes lie above a value of `let` or of a rule: those take one line each. */
const INLINE_DEPTH = 9

/** Formats a scenario file; `head` is what stands above its operations. */
export function formatScenario(
  header: string,
  head: object,
  operations: readonly OperationPart[],
): string {
  const { Document, visit } = yaml()
  const scripts = new Map(operations.map(({ operation, script }) => [operation.id, script]))
  const document = new Document({ ...head, operations: scripts })
  visit(document, {
    Collection: (_, collection, path) => {
      if (path.length >= INLINE_DEPTH) collection.flow = true
    },
  })
  const { items } = document.get('operations') as { items: Pair<Scalar>[] }
  for (const [index, { operation, comment }] of operations.entries()) {
    const key = items[index]?.key
    if (!key) continue
    key.commentBefore = ` ${toComment(`${operation.method} ${operation.path} ${comment}`)}`
    key.spaceBefore = index > 0
  }
  return `${header}\n${document.toString({ lineWidth: 0, blockQuote: false, singleQuote: true })}`
}

/** Says how to play a scenario, and where its language is explained. */
export const explainPlaying = (scenario: string) =>
  `# Play it with the header "X-Sandbox-Scenario: ${scenario}", or with the base URL
# http://localhost:4010/@my-test:${scenario}. See docs/scenarios.md for the language.`

/** A comment ends with its line, and names in documents may have line breaks. */
export const toComment = (text: string) => text.replace(/\s+/g, ' ').trim()

/** Whether an expression can use it as a name. */
export const isIdentifier = (text: string) => /^(?!(in|true|false|null)$)[A-Za-z_]\w*$/.test(text)

/** Reads a field in an expression: `.petId` or `["pet-id"]`, and `.?petId` if it may be missing. */
export const access = (field: string, optional: '?' | '' = '') =>
  isIdentifier(field) ? `.${optional}${field}` : `[${optional}${JSON.stringify(field)}]`
