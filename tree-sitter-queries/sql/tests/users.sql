-- People who may log in.
CREATE TABLE IF NOT EXISTS app.users (
--                             ^^^^^ definition.struct app.users
--                             ^^^^^ doc People who may
  id serial PRIMARY KEY,
  -- <- definition.field app.users.id
  team int NOT NULL REFERENCES teams (id)
  -- <- definition.field app.users.team
  --                           ^^^^^ reference.type in app.users
);

CREATE OR REPLACE VIEW active AS SELECT u.id, lower(u.name) FROM app.users u WHERE u.seen > 1;
--                     ^^^^^^ definition.type active
--                                            ^^^^^ reference.call in active
--                                                                   ^^^^^ reference.type in active on app
--                                                                                   ^^^^ reference.read in active

CREATE UNIQUE INDEX users_by_team ON app.users (team);
--                  ^^^^^^^^^^^^^ definition.property users_by_team
--                                       ^^^^^ reference.type on app

CREATE FUNCTION next_team(current int) RETURNS int AS $$ SELECT id + 1 FROM teams; $$ LANGUAGE sql;
--              ^^^^^^^^^ definition.function next_team
--              ^^^^^^^^^ signature CREATE FUNCTION next_team(current int) RETURNS int
--                                                                          ^^^^^ reference.type in next_team

CREATE TRIGGER stamp BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION set_stamp();
--             ^^^^^ definition.function stamp
--                                    ^^^^^^^^ reference.type in stamp
--                                                                           ^^^^^^^^^ reference.call in stamp

CREATE TYPE mood AS ENUM ('fine', 'bad');
--          ^^^^ definition.type mood
