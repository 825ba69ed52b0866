// Two tabs of a real browser on one board: what one creates, the other sees.
//
//	node run.mjs WORKCELL_BINARY PROTO_FILE [CHROMIUM]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [binary, proto, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const dir = await mkdtemp(join(tmpdir(), "workcell-browser-"));

const server = spawn(binary, ["serve", "--dir", dir], { env: { ...process.env, PM_SERVER_PORT: "0" }, stdio: ["ignore", "inherit", "inherit"] });
const files = {
  "/": [join(here, "page.html"), "text/html"],
  "/protobuf.js": [createRequire(import.meta.url).resolve("protobufjs/dist/protobuf.min.js"), "text/javascript"],
  "/pm.proto": [proto, "text/plain"],
};
const pages = createServer(async (req, res) => {
  const file = files[req.url];
  if (!file) return res.writeHead(404).end();
  res.writeHead(200, { "content-type": file[1] }).end(await readFile(file[0]));
});
pages.listen(0, "127.0.0.1");
await once(pages, "listening");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

try {
  const { port } = await portFile(join(dir, "server.json"));
  const url = (user) => `ws://127.0.0.1:${port}/ws?user_id=${user}`;
  const tab = async (user) => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${pages.address().port}/`);
    await page.evaluate(async (u) => { window.client = await connect(u); }, url(user));
    return page;
  };
  const owner = "11111111-1111-4111-8111-111111111111";
  const writer = await tab(owner), watcher = await tab(owner);
  const request = (page, payload) => page.evaluate((p) => client.request(p), payload);

  const { pong } = await request(writer, { ping: { timestamp: 42 } });
  assert.equal(pong.timestamp, 42);
  const created = await request(writer, { createProjectRequest: { title: "From a browser", key: "WEB" } });
  const project = created.projectCreated.project;
  const acknowledged = await request(watcher, { subscribe: { projectIds: [project.id] } });
  assert.equal(acknowledged.payload, undefined);

  const title = "Ünïcode ✓ 漢字";
  const seen = watcher.evaluate(() => client.broadcast("workItemCreated"));
  const reply = await request(writer, { createWorkItemRequest: { itemType: 3, title, projectId: project.id } });
  const item = reply.workItemCreated.workItem;
  assert.equal(item.title, title);
  assert.deepEqual((await seen).workItemCreated.workItem, item);

  const list = await request(watcher, { getWorkItemsRequest: { projectId: project.id } });
  assert.deepEqual(list.workItemsList.workItems.map((i) => i.id), [item.id]);
  const refused = await request(watcher, { createWorkItemRequest: { itemType: 3, title: " ", projectId: project.id } });
  assert.equal(refused.error.code, "INVALID_MESSAGE");
  for (const page of [writer, watcher]) assert.deepEqual(await page.evaluate(() => client.close()), { code: 1000, wasClean: true });
  console.log("browser: ok");
} finally {
  await browser.close();
  pages.close();
  server.kill("SIGTERM");
  await once(server, "exit");
  await rm(dir, { recursive: true });
}

// portFile waits until the server says where it listens.
async function portFile(path) {
  for (;;) {
    try {
      return JSON.parse(await readFile(path, "utf8"));
    } catch (e) {
      if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
      await new Promise((ok) => setTimeout(ok, 50));
    }
  }
}
