/**
 * A problem of the table in the officer's language, and what to do about it.
 *
 *   inWords(problem) → the problem with `message` {zh, en}
 *
 * The port tells problems in plain English, for engineers as well; one that is not known here is shown as it came.
 */

const KNOWN = [
  [/^another row has this id$/, "另一行已用此标识，请改名", "another row has this id: rename one of them"],
  [/^is kept for /, "此标识是保留的，请改名", "this id is reserved: choose another"],
  [/^a row without conditions would hide every row below it$/, "没有条件的行会挡住下面所有行，请至少加一个条件", "a row without conditions would hide every row below it: ask at least one thing"],
  [/^is no fact of the catalogue$/, "目录中没有此事实，请移除此列", "is no fact of the catalogue: drop the column"],
  [/^(\w+) cannot be asked of a (\w+)$/, "此类事实不能这样比较，请换一种比较方式", "cannot be compared in this way: choose another comparison"],
  [/^needs a value or a list, and only one of them$/, "请填值或选一个名单（二选一）", "needs either values or a list"],
  [/^there is no list '?([^']*)'?$/, "没有名单“$1”，请新建或另选", "there is no list “$1”: make it, or choose another"],
  [/^a list of (\w+) cannot be compared with (.*)$/, "名单的内容与此事实不符，请另选名单", "a list of $1 cannot be compared with $2: choose another list"],
  [/^needs true or false$/, "请选是或否", "choose yes or no"],
  [/^needs at least one value$/, "请至少填一个值", "needs at least one value"],
  [/^needs two numbers, from and to$/, "请填起止两个数", "needs two numbers, from and to"],
  [/^from (.*) is more than to (.*)$/, "起 $1 大于止 $2，请对调", "from $1 is more than to $2: swap them"],
  [/^(.*) cannot be asked by its beginning$/, "此事实不能按开头比较，请改为“属于”", "$1 cannot be asked by its beginning: use “is one of”"],
  [/^'(.*)' is no (.*)$/, "“$1”不是有效的值，请改正或移除", "“$1” is no $2: correct or remove it"],
  [/^(\S+) is no (.*)$/, "$1 不是有效的值，请改正", "$1 is no $2: correct it"],
  [/^another list has this name$/, "另一名单已用此标识，请改名", "another list has this name: rename one of them"],
  [/^is empty$/, "名单为空，请加值或删除", "is empty: add values, or delete it"],
  [/^'(.*)' stands there twice$/, "“$1”重复，请移除一个", "“$1” stands there twice: remove one"],
  [/^'(.*)' does not belong in a list of (\w+)$/, "“$1”与名单内容不符，请改正或移除", "“$1” does not belong in this kind of list: correct or remove it"],
  [/^what no row speaks of may not be released$/, "没有规则说到的箱子不得直接放行，请另选去向", "what no row speaks of may not be released: choose another route"],
  [/^another lane has this route$/, "去向重复", "another lane has this route"],
  [/^a draw for INSPECTION changes nothing there$/, "此去向无须抽查", "a draw changes nothing there"],
  [/^the random rate is a share from 0 to 1$/, "随机比例须在 0 至 100% 之间", "the random rate lies between 0 and 100 %"],
  [/^the expected rate is a share from the random rate to 1$/, "预期比例须在随机比例与 100% 之间", "the expected rate lies between the random rate and 100 %"],
  [/^the top-up begins at a number$/, "补查起点须为数值", "the top-up begins at a number"],
  [/^a top-up needs a risk score to go by$/, "补查须有风险分，请先加一项", "a top-up needs a risk score: add a term"],
  [/^another site has this code$/, "另一场地已用此代码", "another site has this code"],
  [/^serves one or more of /, "请勾选查验、机检、堆场中的至少一项", "tick at least one of inspection, scan and yard"],
  [/^another term has this fact$/, "此事实已有一项", "another term has this fact"],
  [/^a (\w+) cannot be weighed$/, "只有数值和是否类事实可以加权", "only numbers and yes/no facts can be weighed"],
  [/^(compares with a whole number of|counts) more than 64 bits/, "整数过大，请改小", "the whole number is too large: use a smaller one"],
  [/^the weight is a number$/, "权重须为数值", "the weight is a number"],
  [/^what is missing cannot count as (.*)$/, "缺失值不能按 $1 计", "what is missing cannot count as $1"],
  [/^String should have at least 1 character$/, "请填写", "must not be empty"],
  [/^String should match pattern/, "请用小写字母、数字和连字符", "use small letters, digits and hyphens"],
  [/^Field required$/, "缺少此项", "is missing"],
];

export function inWords(problem) {
  if (typeof problem.message !== "string") return problem;
  const [pattern, zh, en] = KNOWN.find(([one]) => one.test(problem.message)) ?? [];
  if (!pattern) return problem;
  return { ...problem, message: { zh: problem.message.replace(pattern, zh), en: problem.message.replace(pattern, en) } };
}
