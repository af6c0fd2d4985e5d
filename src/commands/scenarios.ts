import type { Command } from 'commander'
import type { Flags } from '../config/settings.ts'
import type { Engine } from '../sandbox/sandbox.ts'
import type { Terminal } from '../terminal.ts'
import { configOf, withSettings } from './settings.ts'

/** `sca-sandbox scenarios`: what can be played. */
export function addScenarios(command: Command, terminal: Terminal): void {
  const scenarios = command
    .command('scenarios')
    .description('list what can be played')
    .option('--json', 'as JSON, with files and operations')
    .exitOverride()
  withSettings(scenarios, ['spec', 'scenarios']).action(async (flags: Flags) => {
    const { json, ...settings } = flags
    const { spec: specs, scenarios: folders } = configOf(settings, scenarios, terminal)
    const { loadEngine } = await import('../sandbox/load.ts')
    const engine = loadEngine({ specs, scenarios: folders })
    terminal.out(json ? JSON.stringify(listed(engine), null, 2) : table(engine))
  })
}

const listed = ({ mocked }: Engine) =>
  [...mocked.values()].flatMap(({ playbook }) =>
    [...playbook.scenarios.values()].map(({ api, name, summary, base, file, operations }) => ({
      api,
      name,
      summary,
      extends: base?.name ?? null,
      source: file,
      operations: [...operations.keys()],
    })),
  )

const table = ({ mocked }: Engine) =>
  [...mocked.values()]
    .flatMap(({ playbook }) => {
      const width = Math.max(...[...playbook.scenarios.keys()].map((name) => name.length))
      const lines = [...playbook.scenarios.values()].map(
        ({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`,
      )
      return [playbook.api, ...lines]
    })
    .join('\n')
