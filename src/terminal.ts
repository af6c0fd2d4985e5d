/** What the program needs of its surroundings; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  out(text: string): void
  error(text: string): void
  /** Resolves when the process is told to stop. */
  stopped(): Promise<void>
}
