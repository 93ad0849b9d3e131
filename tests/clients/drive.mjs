// Drives a Jira with `jira.js`: the task on standard input, the report on standard output.
// The first argument is the folder that holds the client's node_modules.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { AgileClient, Version3Client } = createRequire(`${process.argv[2]}/`)('jira.js');
const task = JSON.parse(readFileSync(0, 'utf8'));

function configure(host, apiToken) {
  return { host, authentication: { basic: { email: task.email, apiToken } } };
}

async function tellStatus(ask) {
  try {
    await ask();
  } catch (error) {
    return error.status;
  }
  return 200;
}

async function listProjects(client) {
  const keys = [];
  for (;;) {
    const page = await client.projects.searchProjects({ startAt: keys.length });
    keys.push(...page.values.map((project) => project.key));
    if (page.isLast) return keys;
  }
}

async function listBoards(client) {
  const names = [];
  for (;;) {
    const page = await client.board.getAllBoards({ startAt: names.length });
    names.push(...page.values.map((board) => board.name));
    if (page.isLast) return names;
  }
}

async function search(client) {
  const asked = { jql: `project = ${task.project} ORDER BY key ASC`, fields: ['summary'] };
  const keys = [];
  let nextPageToken;
  do {
    const page = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearchPost({
      ...asked,
      nextPageToken,
    });
    keys.push(...page.issues.map((issue) => issue.key));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken);
  return keys;
}

// What a search finds right after, left to itself and told to catch up.
async function findAgain(client, id) {
  const asked = { jql: `project = ${task.project} AND labels = stranger`, fields: ['summary'] };
  const leftAlone = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearch(asked);
  const told = await client.issueSearch.searchForIssuesUsingJqlEnhancedSearch({
    ...asked,
    reconcileIssues: [Number(id)],
  });
  return [leftAlone, told].map((page) => page.issues.map((issue) => issue.key));
}

// The bodies of the comments after one was written, changed, and a second one removed.
async function comment(client, issueIdOrKey) {
  const comments = client.issueComments;
  const first = await comments.addComment({ issueIdOrKey, comment: task.document });
  await comments.updateComment({ issueIdOrKey, id: first.id, body: task.newDocument });
  const second = await comments.addComment({ issueIdOrKey, comment: 'soon gone' });
  await comments.deleteComment({ issueIdOrKey, id: second.id });
  const left = await comments.getComments({ issueIdOrKey });
  return left.comments.map((entry) => entry.body);
}

async function transition(client, issueIdOrKey) {
  const { transitions } = await client.issues.getTransitions({ issueIdOrKey });
  const { id } = transitions.find((entry) => entry.name === task.transition);
  await client.issues.doTransition({ issueIdOrKey, transition: { id } });
  const { fields } = await client.issues.getIssue({ issueIdOrKey, fields: ['status'] });
  return fields.status.name;
}

// How an issue with a sub-task refuses to go alone, and what reading both then gives.
async function remove(client) {
  const project = { key: task.project };
  const { key: doomed } = await client.issues.createIssue({
    fields: {
      project,
      issuetype: { name: 'Bug' },
      summary: 'Soon gone',
      description: 'A text, which the client makes a document of.',
    },
  });
  const { key: child } = await client.issues.createIssue({
    fields: {
      project,
      issuetype: { name: 'Sub-task' },
      summary: 'Soon gone too',
      parent: { key: doomed },
    },
  });
  const read = (issueIdOrKey) => tellStatus(() => client.issues.getIssue({ issueIdOrKey }));
  const refusal = await tellStatus(() => client.issues.deleteIssue({ issueIdOrKey: doomed }));
  await client.issues.deleteIssue({ issueIdOrKey: doomed, deleteSubtasks: true });
  return [refusal, await read(doomed), await read(child)];
}

async function write(client) {
  const projectIdOrKey = task.project;
  const meta = await client.issues.getCreateIssueMetaIssueTypes({ projectIdOrKey });
  const created = await client.issues.createIssue({
    fields: {
      project: { key: task.project },
      issuetype: { name: 'Task' },
      summary: task.summary,
      description: task.document,
      labels: ['stranger'],
    },
  });
  const issueIdOrKey = created.key;
  const found = await findAgain(client, created.id);
  const { description } = (await client.issues.getIssue({ issueIdOrKey })).fields;
  await client.issues.editIssue({
    issueIdOrKey,
    notifyUsers: false,
    fields: { summary: task.newSummary },
    update: { labels: [{ add: 'edited' }] },
  });
  const { fields } = await client.issues.getIssue({ issueIdOrKey, fields: ['summary', 'labels'] });
  const status = await transition(client, issueIdOrKey);
  const comments = await comment(client, issueIdOrKey);
  return {
    creatable: meta.issueTypes.map((type) => type.name),
    created: { id: created.id, key: created.key },
    found,
    description,
    edited: [fields.summary, ...fields.labels],
    status,
    comments,
    deletion: await remove(client),
  };
}

async function main() {
  const client = new Version3Client(configure(task.url, task.token));
  const stranger = new Version3Client(configure(task.url, 'wrong'));
  const linkTypes = await client.issueLinkTypes.getIssueLinkTypes();
  const permissions = await client.permissions.getMyPermissions({
    projectKey: task.project,
    permissions: 'EDIT_ISSUES,ADMINISTER',
  });
  return {
    refusal: await tellStatus(() => stranger.myself.getCurrentUser()),
    cloud: (await client.serverInfo.getServerInfo()).deploymentType,
    projects: await listProjects(client),
    boards: await listBoards(new AgileClient(configure(task.siteUrl, task.siteToken))),
    boardsWithClassicScopes: await tellStatus(() =>
      new AgileClient(configure(task.url, task.token)).board.getAllBoards(),
    ),
    search: await search(client),
    count: (await client.issueSearch.countIssues({ jql: `project = ${task.project}` })).count,
    linkTypes: linkTypes.issueLinkTypes.map((type) => type.name),
    priorities: (await client.issuePriorities.getPriorities()).map((priority) => priority.name),
    permissions: permissions.permissions,
    ...(await write(client)),
  };
}

try {
  process.stdout.write(JSON.stringify(await main()));
} catch (error) {
  // Printed whole, it would show every socket and the token.
  process.stderr.write(`${error.stack}\n${JSON.stringify(error.response?.data)}\n`);
  process.exitCode = 1;
}
