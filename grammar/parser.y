/* The grammar: LALR(1), no conflicts. Tokens come from layout.c, which has decided about newlines,
 * braces and attributes already; nodes are made by tree.c. Error tokens stand where reading can go
 * on after a mistake: a declaration, a statement, a field. */

%require "3.8"
%expect 0
%define api.pure full
%define api.prefix {grammar_}
%define api.token.prefix {T_}
%define api.location.type {struct loc}
%define parse.lac full
%define parse.error custom
%locations
%parse-param {struct parser *p}
%lex-param {struct parser *p}

%code requires {
#include "grammar/parser_state.h"
#include "grammar/tree.h"
}

%union {
    name name;
    const char *text;
    bool flag;
    enum ast_op op;
    enum ast_param_mode mode;
    struct ast_expr *expr;
    struct ast_type *type;
    struct ast_pat *pat;
    struct ast_stmt *stmt;
    struct ast_block *block;
    struct ast_decl *decl;
    struct arg_list *args;
    struct index_list *indexes;
    struct arm_list *arms;
    struct param_list *params;
    struct type_list *types;
    struct pat_list *pats;
    struct stmt_list *stmts;
    struct field_list *fields;
    struct attr_list *attrs;
    struct ast_arg arg;
    struct ast_index index;
    struct ast_param param;
    struct ast_field field;
    struct tolerance tolerance;
    struct message message;
}

%code {
static int grammar_lex(GRAMMAR_STYPE *value, struct loc *loc, struct parser *p);
static void grammar_error(const struct loc *loc, struct parser *p, const char *message);

/* From the first to the last part that has characters. An empty rule lies behind what is before. */
static struct loc join_parts(const struct loc *rhs, int count)
{
    struct loc whole = {rhs[0].file, rhs[0].end, rhs[0].end};
    bool is_empty = true;
    for (int i = 1; i <= count; i++) {
        if (rhs[i].begin == rhs[i].end && !is_empty)
            continue;
        whole = is_empty ? rhs[i] : loc_join(whole, rhs[i]);
        is_empty = whole.begin == whole.end;
    }
    return whole;
}
#define YYLLOC_DEFAULT(into, rhs, count) ((into) = join_parts(rhs, count))

/* 200 nested brackets and expressions 2,000 deep (L42) need less than 20,000 entries. */
#define YYMAXDEPTH 24000
#define YYINITDEPTH 400
}

%token END 0 "end of file" NL "end of line"
%token LB "{" SLB "struct {" RB "}"
%token <name> IDENT "name" ATTR "attribute" ATTR_OPEN "attribute("
%token <text> INT "integer" FLOAT "float" IMAG "imaginary" STRING "string" TUPLE_FIELD "tuple field"
%token LET "let" VAR "var" FN "fn" STRUCT "struct" CONST "const" IMPORT "import" EXPORT "export"
%token EXTERN "extern" IF "if" ELSE "else" WHILE "while" FOR "for" IN "in" BREAK "break"
%token CONTINUE "continue" RETURN "return" ASSERT "assert" FAULT "fault" TRUE "true" FALSE "false"
%token NONE "none" INOUT "inout" SHARED "shared" AND "and" OR "or" NOT "not"
%token <name> STEP "step" TEST "test" WITHIN "within" REL "rel" ABS "abs" FAULTS "faults"
%token <name> BATCHED "batched" AS "as" SHOW "show"
%token <op> OP_EQ "op="
%token EQ "==" NE "!=" LE "<=" GE ">=" SHL "<<" SHR ">>" POW "**" FLOORDIV "//" CLOSE "~="
%token ARROW "->" RANGE ".." ELLIPSIS "..." BARS "||" QUESTION "?" BAD "bad token"

%left OR // the operators, loosest first
%left AND
%precedence NOT
%left EQ NE '<' LE '>' GE
%left '|'
%left '^'
%left '&'
%left SHL SHR
%left '+' '-'
%left '*' '/' FLOORDIV '%' '@'
%precedence UNARY
%right POW

%type <name> name
%type <text> label
%type <flag> exported batched
%type <mode> mode lambda_mode
%type <expr> tuple expr op post prim if_expr lambda optional_expr step initial
%type <type> type result annotation
%type <pat> pat pats typed_pat
%type <stmt> stmt
%type <block> block
%type <decl> decl sig
%type <args> args arg_list exprs expr_list inits tuple_list
%type <arg> arg init
%type <indexes> indexes
%type <index> index
%type <arms> arms
%type <params> params param_list lambda_params
%type <param> param lambda_param
%type <types> types type_list
%type <pats> pat_list sizes size_list typed_pats
%type <stmts> stmts
%type <stmt> optional_stmt
%type <fields> fields
%type <field> field
%type <attrs> attrs
%type <tolerance> tolerance
%type <message> message

%%

/* ---- declarations --------------------------------------------------------------------------- */

file: decls ;

decls: optional_decl | decls NL optional_decl ;

optional_decl:
    %empty
  | decl                            { tree_add_decl(p, NULL, $1); }
  | attrs decl                      { tree_add_decl(p, $1, $2); }
  | decl error                      { tree_add_decl(p, NULL, $1); RECOVER(recover_decl, @2); }
  | attrs decl error                { tree_add_decl(p, $1, $2); RECOVER(recover_decl, @3); }
  | error                           { RECOVER(recover_decl, @1); }
  ;

attrs:
    ATTR newline                    { $$ = tree_attr(p, NULL, @1, $1, false, NULL); }
  | ATTR_OPEN args ')' newline      { $$ = tree_attr(p, NULL, loc_join(@1, @3), $1, true, $2); }
  | attrs ATTR newline              { $$ = tree_attr(p, $1, @2, $2, false, NULL); }
  | attrs ATTR_OPEN args ')' newline { $$ = tree_attr(p, $1, loc_join(@2, @4), $2, true, $3); }
  ;

newline: %empty | NL ;

decl:
    IMPORT name                     { $$ = tree_import(p, @$, $2, @2); }
  | IMPORT STRING                   { $$ = tree_import_path(p, @$, $2, @2, NULL, @2); }
  | IMPORT STRING AS name           { $$ = tree_import_path(p, @$, $2, @2, $4, @4); }
  | CONST name annotation '=' expr  { $$ = tree_const(p, @$, $2, @2, $3, $5); }
  | STRUCT name lb fields end_sep RB { $$ = tree_struct(p, @$, $2, @2, $4); }
  | exported FN sig block           { $$ = tree_fn(@$, $1, $3, $4); }
  | exported FN unread_sig block    { $$ = NULL; }
  | EXTERN batched FN sig           { $$ = tree_extern(@$, $2, $4); }
  | TEST STRING block               { $$ = tree_test(p, @$, $2, @2, $3); }
  ;

exported: %empty { $$ = false; } | EXPORT { $$ = true; } ;
batched: %empty { $$ = false; } | BATCHED { $$ = true; } ;
lb: LB | SLB ;
sep: ',' | NL ;
end_sep: %empty | sep ;

fields:
    field                           { $$ = tree_fields(p, NULL, $1); }
  | fields sep field                { $$ = tree_fields(p, $1, $3); }
  ;

field:
    name annotation                 { $$ = tree_field(p, @$, $1, $2); }
  | error                           { $$ = tree_no_field(); RECOVER(recover_field, @1); }
  ;

sig: name sizes '(' params ')' result { $$ = tree_sig(p, $1, @1, $2, $4, $6); } ;

unread_sig: error { RECOVER(recover_sig, @1); } ;

sizes: %empty { $$ = NULL; } | '[' size_list ']' { $$ = $2; } ;

size_list:
    name                            { $$ = tree_pats(p, NULL, tree_pat(p, @1, $1)); }
  | size_list ',' name              { $$ = tree_pats(p, $1, tree_pat(p, @3, $3)); }
  ;

params: %empty { $$ = NULL; } | param_list | param_list ',' ;

param_list:
    param                           { $$ = tree_params(p, NULL, $1); }
  | param_list ',' param            { $$ = tree_params(p, $1, $3); }
  ;

param: mode name annotation initial { $$ = tree_param(@$, $1, $2, $3, $4); } ;

mode: lambda_mode | SHARED { $$ = AST_PARAM_SHARED; } ;
lambda_mode: %empty { $$ = AST_PARAM_VALUE; } | INOUT { $$ = AST_PARAM_INOUT; } ;
annotation: %empty { $$ = NULL; } | ':' type { $$ = $2; } ;
initial: %empty { $$ = NULL; } | '=' expr { $$ = $2; } ;
result: %empty { $$ = NULL; } | ARROW type { $$ = $2; } ;

/* ---- types ---------------------------------------------------------------------------------- */

type:
    name                            { $$ = tree_type_name(p, @$, NULL, $1, NULL); }
  | name '[' exprs ']'              { $$ = tree_type_name(p, @$, NULL, $1, $3); }
  | name '.' name                   { $$ = tree_type_name(p, @$, $1, $3, NULL); }
  | name '.' name '[' exprs ']'     { $$ = tree_type_name(p, @$, $1, $3, $5); }
  | '(' types ')'                   { $$ = tree_type_tuple(p, @$, $2); }
  | FN '(' types ')' result         { $$ = tree_type_fn(p, @$, $3, $5); }
  ;

types: %empty { $$ = NULL; } | type_list | type_list ',' { $$ = tree_types_comma($1); } ;

type_list:
    type                            { $$ = tree_types(p, NULL, $1); }
  | type_list ',' type              { $$ = tree_types(p, $1, $3); }
  ;

/* ---- statements ----------------------------------------------------------------------------- */

block: LB stmts RB { $$ = tree_block(p, @$, $2); } ;

stmts:
    optional_stmt                   { $$ = tree_stmts(p, NULL, $1); }
  | stmts NL optional_stmt          { $$ = tree_stmts(p, $1, $3); }
  ;

optional_stmt:
    %empty                          { $$ = NULL; }
  | stmt
  | attrs stmt                      { $$ = tree_stmt_attrs($2, $1); }
  | stmt error                      { $$ = $1; RECOVER(recover_stmt, @2); }
  | attrs stmt error                { $$ = tree_stmt_attrs($2, $1); RECOVER(recover_stmt, @3); }
  | error                           { $$ = NULL; RECOVER(recover_stmt, @1); }
  ;

stmt:
    LET pats '=' tuple              { $$ = tree_let(p, AST_LET, @$, $2, $4); }
  | VAR pats                        { $$ = tree_let(p, AST_VAR, @$, $2, NULL); }
  | VAR pats '=' tuple              { $$ = tree_let(p, AST_VAR, @$, $2, $4); }
  | tuple                           { $$ = tree_expr_stmt(p, @$, $1); }
  | tuple '=' tuple                 { $$ = tree_assign(p, @$, $1, $3); }
  | expr OP_EQ expr                 { $$ = tree_assign_op(p, @$, $1, $2, $3); }
  | WHILE expr block                { $$ = tree_while(p, @$, $2, $3); }
  | FOR name IN expr block          { $$ = tree_for(p, @$, $2, @2, $4, NULL, NULL, $5); }
  | FOR name IN expr RANGE expr step block { $$ = tree_for(p, @$, $2, @2, $4, $6, $7, $8); }
  | BREAK                           { $$ = tree_stmt(p, AST_BREAK, @$); }
  | CONTINUE                        { $$ = tree_stmt(p, AST_CONTINUE, @$); }
  | RETURN                          { $$ = tree_return(p, @$, NULL); }
  | RETURN tuple                    { $$ = tree_return(p, @$, $2); }
  | FAULT STRING                    { $$ = tree_fault(p, @$, (struct message){$2, @2}); }
  | ASSERT expr message             { $$ = tree_assert(p, @$, $2, $3); }
  | ASSERT expr CLOSE expr WITHIN tolerance message
                                    { $$ = tree_assert_close(p, @$, $2, $4, $6, $7); }
  | ASSERT expr FAULTS name         { $$ = tree_assert_faults(p, @$, $2, $4); }
  | SHOW expr message               { $$ = tree_show(p, @$, $2, $3); }
  ;

step: %empty { $$ = NULL; } | STEP expr { $$ = $2; } ;

message:
    %empty                          { $$ = (struct message){NULL, @$}; }
  | ',' label                       { $$ = (struct message){$2, @2}; }
  ;

label: STRING ;

tolerance:
    REL expr                        { $$ = (struct tolerance){$2, NULL}; }
  | REL expr ABS expr               { $$ = (struct tolerance){$2, $4}; }
  | ABS expr                        { $$ = (struct tolerance){NULL, $2}; }
  ;

pats:
    typed_pat
  | pat_list                        { $$ = tree_pat_tuple(p, @$, $1); }
  ;

pat_list:
    pat ',' pat                     { $$ = tree_pats(p, tree_pats(p, NULL, $1), $3); }
  | pat_list ',' pat                { $$ = tree_pats(p, $1, $3); }
  ;

pat:
    name                            { $$ = tree_pat(p, @$, $1); }
  | '(' typed_pats ')'              { $$ = tree_pat_group(p, @$, $2, false); }
  | '(' typed_pats ',' ')'          { $$ = tree_pat_group(p, @$, $2, true); }
  ;

typed_pat: pat annotation { $$ = tree_pat_typed(p, $1, $2); } ;

typed_pats:
    typed_pat                       { $$ = tree_pats(p, NULL, $1); }
  | typed_pats ',' typed_pat        { $$ = tree_pats(p, $1, $3); }
  ;

tuple:
    expr
  | tuple_list                      { $$ = tree_tuple(p, @$, $1); }
  ;

tuple_list:
    expr ',' expr                   { $$ = tree_exprs(p, tree_exprs(p, NULL, $1), $3); }
  | tuple_list ',' expr             { $$ = tree_exprs(p, $1, $3); }
  ;

/* ---- expressions ---------------------------------------------------------------------------- */

expr:
    op
  | if_expr
  | lambda
  | op QUESTION expr ':' expr       { $$ = tree_c_conditional(p, @$, @2, $1, $3, $5); }
  | op IF op ELSE expr              { $$ = tree_python_conditional(p, @$, @2, $1, $3, $5); }
  ;

if_expr:
    arms                            { $$ = tree_if(p, @$, $1); }
  | arms ELSE block                 { $$ = tree_if(p, @$, tree_else(p, $1, loc_join(@2, @3), $3)); }
  ;

arms:
    IF expr block                   { $$ = tree_arms(p, NULL, @$, $2, $3); }
  | arms ELSE IF expr block         { $$ = tree_arms(p, $1, loc_join(@3, @5), $4, $5); }
  ;

lambda:
    '|' lambda_params '|' expr      { $$ = tree_lambda(p, @$, $2, $4, NULL); }
  | '|' lambda_params '|' block     { $$ = tree_lambda(p, @$, $2, NULL, $4); }
  | BARS expr                       { $$ = tree_lambda(p, @$, NULL, $2, NULL); }
  | BARS block                      { $$ = tree_lambda(p, @$, NULL, NULL, $2); }
  ;

lambda_params:
    lambda_param                    { $$ = tree_params(p, NULL, $1); }
  | lambda_params ',' lambda_param  { $$ = tree_params(p, $1, $3); }
  ;

lambda_param: lambda_mode name annotation { $$ = tree_param(@$, $1, $2, $3, NULL); } ;

op:
    post
  | op OR op                        { $$ = tree_binary(p, AST_OR, @2, $1, $3); }
  | op AND op                       { $$ = tree_binary(p, AST_AND, @2, $1, $3); }
  | NOT op                          { $$ = tree_unary(p, AST_NOT, @1, $2); }
  | op EQ op                        { $$ = tree_comparison(p, AST_EQ, @2, $1, $3); }
  | op NE op                        { $$ = tree_comparison(p, AST_NE, @2, $1, $3); }
  | op '<' op                       { $$ = tree_comparison(p, AST_LT, @2, $1, $3); }
  | op LE op                        { $$ = tree_comparison(p, AST_LE, @2, $1, $3); }
  | op '>' op                       { $$ = tree_comparison(p, AST_GT, @2, $1, $3); }
  | op GE op                        { $$ = tree_comparison(p, AST_GE, @2, $1, $3); }
  | op '|' op                       { $$ = tree_binary(p, AST_BIT_OR, @2, $1, $3); }
  | op '^' op                       { $$ = tree_binary(p, AST_BIT_XOR, @2, $1, $3); }
  | op '&' op                       { $$ = tree_binary(p, AST_BIT_AND, @2, $1, $3); }
  | op SHL op                       { $$ = tree_binary(p, AST_SHL, @2, $1, $3); }
  | op SHR op                       { $$ = tree_binary(p, AST_SHR, @2, $1, $3); }
  | op '+' op                       { $$ = tree_binary(p, AST_ADD, @2, $1, $3); }
  | op '-' op                       { $$ = tree_binary(p, AST_SUB, @2, $1, $3); }
  | op '*' op                       { $$ = tree_binary(p, AST_MUL, @2, $1, $3); }
  | op '/' op                       { $$ = tree_binary(p, AST_DIV, @2, $1, $3); }
  | op FLOORDIV op                  { $$ = tree_binary(p, AST_FLOORDIV, @2, $1, $3); }
  | op '%' op                       { $$ = tree_binary(p, AST_MOD, @2, $1, $3); }
  | op '@' op                       { $$ = tree_binary(p, AST_MATMUL, @2, $1, $3); }
  | '-' op %prec UNARY              { $$ = tree_unary(p, AST_NEG, @1, $2); }
  | '+' op %prec UNARY              { $$ = tree_unary(p, AST_POS, @1, $2); }
  | '~' op %prec UNARY              { $$ = tree_unary(p, AST_BIT_NOT, @1, $2); }
  | op POW op                       { $$ = tree_binary(p, AST_POW, @2, $1, $3); }
  ;

post:
    prim
  | post '(' args ')'               { $$ = tree_call(p, @$, $1, $3); }
  | post '[' indexes ']'            { $$ = tree_index(p, @$, $1, $3); }
  | post '.' name                   { $$ = tree_field_of(p, @$, $1, $3, @3); }
  | post TUPLE_FIELD                { $$ = tree_tuple_field(p, @$, $1, $2, @2); }
  | post SLB inits end_sep RB       { $$ = tree_struct_literal(p, @$, $1, $3); }
  ;

prim:
    name                            { $$ = tree_name(p, @$, $1); }
  | INT                             { $$ = tree_number(p, AST_INT, @$, $1); }
  | FLOAT                           { $$ = tree_number(p, AST_FLOAT, @$, $1); }
  | IMAG                            { $$ = tree_number(p, AST_IMAG, @$, $1); }
  | TRUE                            { $$ = tree_bool(p, @$, true); }
  | FALSE                           { $$ = tree_bool(p, @$, false); }
  | '(' ')'                         { $$ = tree_parenthesised(tree_tuple(p, @$, NULL), @$); }
  | '(' expr ')'                    { $$ = tree_parenthesised($2, @$); }
  | '(' expr ',' ')'                { $$ = tree_parenthesised(tree_tuple_of_one(p, @$, $2), @$); }
  | '(' tuple_list ')'              { $$ = tree_parenthesised(tree_tuple(p, @$, $2), @$); }
  | '(' tuple_list ',' ')'          { $$ = tree_parenthesised(tree_tuple(p, @$, $2), @$); }
  | '[' exprs ']'                   { $$ = tree_list(p, @$, $2); }
  ;

exprs: expr_list | expr_list ',' ;

expr_list:
    expr                            { $$ = tree_exprs(p, NULL, $1); }
  | expr_list ',' expr              { $$ = tree_exprs(p, $1, $3); }
  ;

args: %empty { $$ = NULL; } | arg_list | arg_list ',' ;

arg_list:
    arg                             { $$ = tree_args(p, NULL, $1); }
  | arg_list ',' arg                { $$ = tree_args(p, $1, $3); }
  ;

arg:
    expr                            { $$ = (struct ast_arg){.loc = @$, .expr = $1}; }
  | name '=' expr                   { $$ = (struct ast_arg){@$, $1, @1, $3}; }
  ;

inits:
    init                            { $$ = tree_args(p, NULL, $1); }
  | inits sep init                  { $$ = tree_args(p, $1, $3); }
  ;

init: name ':' expr { $$ = (struct ast_arg){@$, $1, @1, $3}; } ;

indexes:
    index                           { $$ = tree_indexes(p, NULL, $1); }
  | indexes ',' index               { $$ = tree_indexes(p, $1, $3); }
  ;

index:
    expr                            { $$ = (struct ast_index){AST_INDEX_EXPR, @$, $1, NULL, NULL}; }
  | optional_expr ':' optional_expr { $$ = (struct ast_index){AST_INDEX_SLICE, @$, $1, $3, NULL}; }
  | optional_expr ':' optional_expr ':' optional_expr
                                    { $$ = (struct ast_index){AST_INDEX_SLICE, @$, $1, $3, $5}; }
  | ELLIPSIS                        { $$ = tree_index_word(AST_INDEX_ELLIPSIS, @$); }
  | NONE                            { $$ = tree_index_word(AST_INDEX_NONE, @$); }
  ;

optional_expr: %empty { $$ = NULL; } | expr ;

name: IDENT | STEP | TEST | WITHIN | REL | ABS | FAULTS | BATCHED | AS ;

%%

static int grammar_lex(GRAMMAR_STYPE *value, struct loc *loc, struct parser *p)
{
    const struct token *token = &p->tokens.list.at[p->next];
    *loc = (struct loc){p->reading->file, token->begin, token->end};
    if (p->puts_statement_end) {
        p->puts_statement_end = false;
        loc->end = loc->begin;
        return T_NL;
    }
    p->seen = p->next;
    if (token->kind != T_END)
        p->next++;
    if (token->kind == T_OP_EQ)
        value->op = token->op;
    else
        value->text = token->text;
    return token->kind;
}

/* Only "memory exhausted" comes here: the stack holds more than any expression within the limit. */
static void grammar_error(const struct loc *loc, struct parser *p, const char *message)
{
    (void)message;
    tree_report_height(p, *loc);
}

static int yyreport_syntax_error(const yypcontext_t *cx, struct parser *p)
{
    enum { MOST = YYNTOKENS };
    yysymbol_kind_t kinds[MOST];
    const char *expected[MOST];
    int count = yypcontext_expected_tokens(cx, kinds, MOST);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++)
        expected[i] = yysymbol_name(kinds[i]);
    mistake_report(p, expected, count);
    return 0;
}
