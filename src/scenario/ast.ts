/** A node of an expression's syntax tree; the library's own type is opaque. */
export interface Ast {
  readonly op: string
  readonly args: unknown
  readonly start: number
}
