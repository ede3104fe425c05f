// Reads a file of Power Query's language with Microsoft's parser, and says where it is wrong.
const { readFileSync } = require("node:fs");
const { DefaultSettings, TaskUtils } = require("@microsoft/powerquery-parser");

TaskUtils.tryLexParse(DefaultSettings, readFileSync(process.argv[2], "utf8")).then((task) => {
  if (task.error) {
    console.error(task.error.message);
    process.exit(1);
  }
});
