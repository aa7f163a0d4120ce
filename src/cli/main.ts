#!/usr/bin/env node
/**
 * The `cuemix` program. Verbs are listed in `commands.ts`; each module there exports `register(command)` and wraps its
 * action in `withSession` (support/session.ts), which gives it progress, output, and a signal that SIGINT/SIGTERM abort.
 * Exit codes: 0 done, 1 the work failed or found faults, 2 the command line is wrong (also: a path to read that is not
 * there), 130 and 143 stopped by SIGINT and SIGTERM.
 */
import { run } from './program.js';

process.exitCode = await run(process.argv.slice(2));
