/** The fields of an object's schema, and of those that it is put together of or chooses from. */
import type { Contract, Schema } from '../contract/model.ts'
import { Shape } from '../contract/schema.ts'
import { isObject } from '../contract/walk.ts'

type Node = Readonly<Record<string, unknown>>

export class Fields {
  readonly #own: ReadonlyMap<string, Node>
  readonly isObject: boolean
  /** No other fields than those that are listed. */
  readonly isClosed: boolean
  readonly #required: ReadonlySet<string>

  constructor(schema: Schema | undefined, { follow }: Pick<Contract, 'follow'>) {
    const { parts, isObject: isOne } = new Shape(schema, follow)
    const listed = parts.flatMap(({ properties }) =>
      isObject(properties) ? Object.entries(properties) : [],
    )
    this.#own = new Map(listed.map(([name, property]) => [name, follow(property)]))
    this.isObject = isOne
    this.isClosed = parts.some(
      ({ additionalProperties, unevaluatedProperties }) =>
        additionalProperties === false || unevaluatedProperties === false,
    )
    this.#required = new Set(
      sureOf(schema, follow).flatMap(({ required }) =>
        Array.isArray(required) ? required.map(String) : [],
      ),
    )
  }

  get names(): string[] {
    return [...this.#own.keys()]
  }

  /** What one side may send: not what is the other's. */
  namesFor(side: 'request' | 'answer'): string[] {
    const hidden = side === 'request' ? 'readOnly' : 'writeOnly'
    return this.names.filter((name) => this.of(name)[hidden] !== true)
  }

  /** Of those that this side may send. */
  requiredFor(side: 'request' | 'answer'): string[] {
    return this.namesFor(side).filter((name) => this.#required.has(name))
  }

  of(name: string): Node {
    return this.#own.get(name) ?? {}
  }
}

/** The parts that hold for every object, whichever of several schemas it follows. */
function sureOf(schema: unknown, follow: Contract['follow']): Node[] {
  const seen = new Set<Node>()
  const visit = (each: unknown): void => {
    const node = follow(each)
    // A schema may be put together of itself.
    if (seen.has(node)) return
    seen.add(node)
    if (Array.isArray(node.allOf)) node.allOf.forEach(visit)
  }
  visit(schema)
  return [...seen]
}
