// Forms the replica set and makes its users; each pod runs it until it succeeds.
// The first member starts the set, its primary makes the users: root, for people, while
// the localhost exception lets it; then logsite, which may use its own database only.
const { HOSTNAME, MEMBERS, MONGO_PASSWORD, MONGO_ROOT_PASSWORD } = process.env;
const admin = db.getSiblingDB("admin");

function initiate() {
  const members = [...Array(Number(MEMBERS)).keys()].map((number) => ({
    _id: number,
    host: `mongodb-${number}.mongodb:27017`,
  }));
  rs.initiate({ _id: "logsite", members });
}

function makeRoot() {
  try {
    admin.createUser({ user: "root", pwd: MONGO_ROOT_PASSWORD, roles: ["root"] });
  } catch (error) {
    // It is there already: then the exception has ended, and this is refused.
  }
}

function makeUser() {
  const roles = [{ role: "dbOwner", db: "logsite" }];
  const change = { pwd: MONGO_PASSWORD, roles };
  if (admin.getUser("logsite")) admin.updateUser("logsite", change);
  else admin.createUser({ user: "logsite", ...change });
}

if (!admin.hello().setName) {
  if (HOSTNAME === "mongodb-0") initiate();
  quit(1); // there is no primary yet: come again
}
if (admin.hello().isWritablePrimary) makeRoot();
admin.auth("root", MONGO_ROOT_PASSWORD); // fails until the users have come here
if (admin.hello().isWritablePrimary) makeUser();
quit(0);
