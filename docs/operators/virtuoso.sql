-- The user that loads releases into Virtuoso: isql-vt 127.0.0.1:1111 dba PASSWORD virtuoso.sql
-- Change both passwords: this one goes into the file for glocal load --auth-file, as loader:PASSWORD.
-- docs/own-store.md explains it; `make test-engines` runs its tests with this user.

DB.DBA.USER_CREATE('loader', 'a password');
-- Updates at /sparql-auth, graphs at /sparql-graph-crud-auth.
GRANT SPARQL_UPDATE TO "loader";
-- 1 to read, 2 to write, 4 for graphs that are fetched from the web, which Virtuoso asks for with
-- writing; in all graphs, since those of a release have no name before it is loaded.
DB.DBA.RDF_DEFAULT_USER_PERMS_SET('loader', 7);
