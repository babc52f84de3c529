/** Jars by name from Maven's repositories, with all that they need to run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/**
 * Puts them into `<folder>/lib`.
 * @param artifacts each as `group:artifact:version`
 */
export async function fetchJars(
  folder: string,
  artifacts: readonly string[],
  options: { readonly log?: string } = {},
): Promise<void> {
  writeFileSync(join(folder, 'pom.xml'), pom(artifacts));
  const args = ['-B', '-q', plugin, '-DincludeScope=runtime', `-DoutputDirectory=${folder}/lib`];
  await run('mvn', args, { cwd: folder, ...options });
}

function pom(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((each) => {
    const [group = '', artifact = '', version = ''] = each.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>\n`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.barista</groupId><artifactId>closure</artifactId><version>1</version>
  <dependencies>
${dependencies.join('')}  </dependencies>
</project>
`;
}
