/**
 * Records on a real account the answers that so far only the documentation gives. It plays the scenarios that have no record, or those
 * named, and writes AWS's answers into their files: `git diff` shows where they differ.
 *
 *     npx ts-node test/local/services/states/record/main.ts --role <arn> --bucket <name> [scenario …]
 *
 * The credentials and the region are those of the environment. The role must trust Step Functions, and may need the permissions that the
 * Developer Guide lists for Distributed Maps. The bucket should be empty: objects are written to its top. The program removes everything
 * that the scenarios make.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Command } from 'commander';
import { play } from './play';
import { readScenarios, type Scenario, writeScenarios } from './scenario';

interface Options {
  role: string;
  bucket: string;
  function: string[];
}

async function main(names: string[], { role, bucket, function: functions }: Options): Promise<void> {
  const sfn = new SFNClient({});
  const s3 = new S3Client({});
  const target = {
    sfn,
    s3,
    known: {
      'role arn': role,
      region: await sfn.config.region(),
      account: role.split(':')[4] ?? '',
      bucket,
      ...Object.fromEntries(functions.map((each) => each.split('='))),
    },
    interval: 2_000,
    patience: 600_000,
  };
  const isWanted = ({ name, recorded }: Scenario) =>
    names.length > 0 ? names.includes(name) : recorded === undefined;
  const recorded = new Date().toISOString().slice(0, 10);
  for (const [theme, scenarios] of readScenarios()) {
    for (const [index, scenario] of scenarios.entries()) {
      if (!isWanted(scenario)) continue;
      process.stdout.write(`${theme}: ${scenario.name}\n`);
      const { name, recorded: _, ...answered } = await play(scenario, target);
      scenarios[index] = { name, recorded, ...answered };
      writeScenarios(theme, scenarios);
    }
  }
}

void new Command()
  .argument('[scenario...]', 'names; default: those without a record')
  .requiredOption('--role <arn>', 'role of the state machines')
  .requiredOption('--bucket <name>', 'bucket of the scenarios with objects')
  .option(
    '--function <name=function...>',
    'functions echo, hello, large and slow, for scenarios with one',
    [],
  )
  .action(main)
  .parseAsync();
