/** The option that names the folder of processors, for commands that have not all settings as options. */
import type { Command } from 'commander';

export interface ProcessorsFolderOption {
  processorsFolder?: string;
}

/** `where` begins the description: when the option applies. */
export function addProcessorsFolderOption(command: Command, where = ''): Command {
  return command.option(
    '--processors-folder <folder>',
    `${where}the folder of processors (default: the setting processorsFolder, processors), example: ../our-processors`,
  );
}
