import type { Diagnostic } from '../errors.ts'
import type { Path, YamlFile } from '../yaml-file.ts'
import { ExpressionError } from './expression.ts'
import { TemplateError } from './template.ts'

/** Gathers what is wrong with one file, so that all of it is told at once. */
export class Diagnostics {
  readonly source: YamlFile
  readonly #list: Diagnostic[]

  constructor(source: YamlFile, list: Diagnostic[]) {
    this.source = source
    this.#list = list
  }

  get count(): number {
    return this.#list.length
  }

  add(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#list.push(this.source.diagnosticAt(path, message, part))
  }

  /** `file:line` of an entry, as it is shown to those who ask which one answered. */
  place(path: Path): string {
    return `${this.source.file}:${this.source.line(path)}`
  }

  /** Runs a compilation; a mistake in an expression becomes a fault at its place in the file. */
  attempt<T>(path: Path, compile: () => T, part: 'key' | 'value' = 'value'): T | undefined {
    try {
      return compile()
    } catch (error) {
      if (error instanceof TemplateError) {
        this.#list.push(this.source.diagnosticIn([...path, ...error.path], error.at, error.message))
      } else if (error instanceof ExpressionError && part === 'key') {
        this.add(path, error.message, 'key')
      } else if (error instanceof ExpressionError) {
        this.#list.push(this.source.diagnosticIn(path, error.at, error.message))
      } else throw error
      return undefined
    }
  }
}
