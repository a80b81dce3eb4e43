// Each rule refuses a file that breaks it and passes one that does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from './include_rules.mjs';

const of = (path, text) => faults([{ path, text }]);

const broken = {
  'protocol includes storage': ['protocol/a.cpp', '#include "storage/storage.hpp"\n'],
  'protocol includes server in angle brackets': ['protocol/a.hpp', '#include <server/app.hpp>\n'],
  'protocol uses Asio': ['protocol/a.hpp', '#include <boost/asio/awaitable.hpp>\n'],
  'protocol starts threads': ['protocol/a.cpp', '  #  include <thread>\n'],
  'storage includes server': ['storage/a.cpp', '#include "server/clock.hpp"\n'],
  'server includes a page that is not the assets': ['server/a.cpp', '#include "web/other.hpp"\n'],
  'server includes tests': ['server/handlers/a.cpp', '#include "tests/fake.hpp"\n'],
  'Beast HTTP in a handler': ['server/handlers/a.cpp', '#include <boost/beast/http/parser.hpp>\n'],
  'Beast WebSocket in the server': ['server/waiting_room.cpp', '#include <boost/beast/websocket.hpp>\n'],
  'Asio TLS in the server': ['server/http_connection.cpp', '#include <boost/asio/ssl/stream.hpp>\n'],
  'libpq in the server': ['server/a.cpp', '#include <libpq-fe.h>\n'],
  'libpq in another storage file': ['storage/migrate.cpp', '#include <libpq-fe.h>\n'],
  'detached': ['tests/server/a_test.cpp', 'co_spawn(ex, f(), asio::detached);\n'],
  'the clock in protocol': ['protocol/a.cpp', 'auto t = std::chrono::system_clock::now();\n'],
  'the environment in storage': ['storage/a.cpp', 'std::getenv("PGHOST");\n'],
  'document in web/core': ['web/core/a.ts', 'document.title = "x";\n'],
  'window in web/core': ['web/core/a.ts', 'const w = window;\n'],
  'wx in web/core': ['web/core/a.ts', 'wx.request({});\n'],
  'web/core imports a page': ['web/core/a.ts', "import { x } from '../portal/x';\n"],
  'a file that is too long': ['server/a.cpp', 'int a;\n'.repeat(401)],
  'a new name at the top': ['notes/a.md', ''],
  'a registry host in a lock file': ['tests/package-lock.json', '"resolved": "https://host/x.tgz"'],
};
for (const [name, [path, text]] of Object.entries(broken)) {
  test(`refused: ${name}`, () => assert.equal(of(path, text).length, 1, of(path, text).join('\n')));
}

const kept = {
  'storage includes protocol': ['storage/a.cpp', '#include "protocol/ticket.hpp"\n'],
  'server includes the rooms below and the assets': ['server/a.cpp', '#include "storage/storage.hpp"\n#include "web/assets.hpp"\n'],
  'tests include anything': ['tests/loopback/a_test.cpp', '#include <boost/beast/websocket.hpp>\n#include "server/app.hpp"\n'],
  'Beast HTTP at home': ['server/http_connection.cpp', '#include <boost/beast/http/parser.hpp>\n'],
  'libpq at home': ['storage/pg_connection.cpp', '#include <libpq-fe.h>\n'],
  'a comment and a text that speak of it': ['server/a.cpp', '// never detached\n/* detached\n */ auto s = "detached";\n'],
  'words in web/core that only contain it': ['web/core/a.ts', '// the window\nconst documented = state.window;\n'],
  'web/core imports its own': ['web/core/a/b.ts', "import { x } from '../c';\nimport sm from 'sm-crypto';\n"],
  'four hundred lines': ['server/a.cpp', 'int a;\n'.repeat(400)],
  'a dotfile at the top': ['.editorconfig', ''],
};
for (const [name, [path, text]] of Object.entries(kept)) {
  test(`kept: ${name}`, () => assert.deepEqual(of(path, text), []));
}
