/*
 * How fast a driver hands over rows that it has already: one library, one query, several ways to read.
 *
 *     fetch LIBRARY "CONNECTION STRING" "SQL"
 *
 * Loads the library (a driver or a driver manager), executes the query with a static cursor, reads everything once,
 * and then times reading it again from the first row. Prints one line per measure: its name, nanoseconds in all, and
 * what to divide them by. Every column has room for 64 characters, whatever the driver declares.
 */
#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS 32
#define ROWS 1000
#define ROOM 64
#define PASSES 5

static SQLRETURN (*alloc_handle)(SQLSMALLINT, SQLHANDLE, SQLHANDLE *);
static SQLRETURN (*set_env_attr)(SQLHENV, SQLINTEGER, SQLPOINTER, SQLINTEGER);
static SQLRETURN (*driver_connect)(SQLHDBC, SQLHWND, SQLCHAR *, SQLSMALLINT, SQLCHAR *, SQLSMALLINT, SQLSMALLINT *,
                                   SQLUSMALLINT);
static SQLRETURN (*exec_direct)(SQLHSTMT, SQLCHAR *, SQLINTEGER);
static SQLRETURN (*set_stmt_attr)(SQLHSTMT, SQLINTEGER, SQLPOINTER, SQLINTEGER);
static SQLRETURN (*num_result_cols)(SQLHSTMT, SQLSMALLINT *);
static SQLRETURN (*describe_col)(SQLHSTMT, SQLUSMALLINT, SQLCHAR *, SQLSMALLINT, SQLSMALLINT *, SQLSMALLINT *,
                                 SQLULEN *, SQLSMALLINT *, SQLSMALLINT *);
static SQLRETURN (*bind_col)(SQLHSTMT, SQLUSMALLINT, SQLSMALLINT, SQLPOINTER, SQLLEN, SQLLEN *);
static SQLRETURN (*free_stmt)(SQLHSTMT, SQLUSMALLINT);
static SQLRETURN (*fetch_scroll)(SQLHSTMT, SQLSMALLINT, SQLLEN);
static SQLRETURN (*fetch_next)(SQLHSTMT);
static SQLRETURN (*get_data)(SQLHSTMT, SQLUSMALLINT, SQLSMALLINT, SQLPOINTER, SQLLEN, SQLLEN *);
static SQLRETURN (*get_diag_rec)(SQLSMALLINT, SQLHANDLE, SQLSMALLINT, SQLCHAR *, SQLINTEGER *, SQLCHAR *, SQLSMALLINT,
                                 SQLSMALLINT *);

static SQLHANDLE stmt;
static SQLSMALLINT columns;
static SQLSMALLINT natural[COLUMNS];
static char cells[COLUMNS][ROWS * ROOM * 2];
static SQLLEN lengths[COLUMNS][ROWS];
static SQLULEN fetched;

static void check(SQLRETURN code, SQLSMALLINT kind, SQLHANDLE handle, const char *what) {
    SQLCHAR state[6] = "", text[512] = "";
    if (SQL_SUCCEEDED(code))
        return;
    get_diag_rec(kind, handle, 1, state, NULL, text, sizeof text, NULL);
    fprintf(stderr, "%s: %d %s %s\n", what, code, state, text);
    exit(1);
}

static void load(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    struct {
        void *place;
        const char *name;
    } all[] = {
        {&alloc_handle, "SQLAllocHandle"}, {&set_env_attr, "SQLSetEnvAttr"}, {&driver_connect, "SQLDriverConnect"},
        {&exec_direct, "SQLExecDirect"},   {&set_stmt_attr, "SQLSetStmtAttr"}, {&num_result_cols, "SQLNumResultCols"},
        {&describe_col, "SQLDescribeCol"}, {&bind_col, "SQLBindCol"},        {&free_stmt, "SQLFreeStmt"},
        {&fetch_scroll, "SQLFetchScroll"}, {&fetch_next, "SQLFetch"},        {&get_data, "SQLGetData"},
        {&get_diag_rec, "SQLGetDiagRec"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *found = dlsym(handle, all[i].name);
        if (!found) {
            fprintf(stderr, "%s has no %s\n", library, all[i].name);
            exit(1);
        }
        memcpy(all[i].place, &found, sizeof found);
    }
}

static void open_query(char *connection, char *sql) {
    SQLHANDLE env, dbc;
    check(alloc_handle(SQL_HANDLE_ENV, NULL, &env), SQL_HANDLE_ENV, NULL, "environment");
    check(set_env_attr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0), SQL_HANDLE_ENV, env, "version");
    check(alloc_handle(SQL_HANDLE_DBC, env, &dbc), SQL_HANDLE_ENV, env, "connection");
    check(driver_connect(dbc, NULL, (SQLCHAR *)connection, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
          SQL_HANDLE_DBC, dbc, "connect");
    check(alloc_handle(SQL_HANDLE_STMT, dbc, &stmt), SQL_HANDLE_DBC, dbc, "statement");
    check(set_stmt_attr(stmt, SQL_ATTR_CURSOR_TYPE, (SQLPOINTER)SQL_CURSOR_STATIC, 0), SQL_HANDLE_STMT, stmt, "cursor");
    check(exec_direct(stmt, (SQLCHAR *)sql, SQL_NTS), SQL_HANDLE_STMT, stmt, "execute");
    check(num_result_cols(stmt, &columns), SQL_HANDLE_STMT, stmt, "columns");
    for (SQLSMALLINT i = 0; i < columns; i++) {
        SQLSMALLINT type = 0;
        check(describe_col(stmt, i + 1, NULL, 0, NULL, &type, NULL, NULL, NULL), SQL_HANDLE_STMT, stmt, "describe");
        switch (type) {
        case SQL_INTEGER: natural[i] = SQL_C_LONG; break;
        case SQL_BIGINT: natural[i] = SQL_C_SBIGINT; break;
        case SQL_DOUBLE: case SQL_FLOAT: natural[i] = SQL_C_DOUBLE; break;
        case SQL_TYPE_TIMESTAMP: natural[i] = SQL_C_TYPE_TIMESTAMP; break;
        default: natural[i] = SQL_C_WCHAR;
        }
    }
    set_stmt_attr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
}

/* Binds every column as `type` (0: its natural type) in arrays of `rows`. */
static void bind(SQLSMALLINT type, SQLULEN rows) {
    free_stmt(stmt, SQL_UNBIND);
    check(set_stmt_attr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)rows, 0), SQL_HANDLE_STMT, stmt, "array size");
    for (SQLSMALLINT i = 0; i < columns; i++) {
        SQLSMALLINT as = type ? type : natural[i];
        SQLLEN room = as == SQL_C_WCHAR ? ROOM * 2 : ROOM;
        check(bind_col(stmt, i + 1, as, cells[i], room, lengths[i]), SQL_HANDLE_STMT, stmt, "bind");
    }
}

/* Reads all rows from the first, and each as SQL_C_WCHAR by SQLGetData where `text` says so; gives their number. */
static long read_all(int with_get_data, int only_text) {
    long rows = 0;
    SQLRETURN code = fetch_scroll(stmt, SQL_FETCH_FIRST, 0);
    while (SQL_SUCCEEDED(code)) {
        rows += fetched;
        for (SQLSMALLINT i = 0; with_get_data && i < columns; i++) {
            if (only_text && natural[i] != SQL_C_WCHAR)
                continue;
            if (get_data(stmt, i + 1, SQL_C_WCHAR, cells[i], ROOM * 2, lengths[i]) != SQL_SUCCESS)
                check(SQL_ERROR, SQL_HANDLE_STMT, stmt, "SQLGetData");
        }
        code = fetch_next(stmt);
    }
    if (code != SQL_NO_DATA)
        check(code, SQL_HANDLE_STMT, stmt, "fetch");
    return rows;
}

/* Nanoseconds that this thread has computed: nothing is waited for, and what else the machine does should not count. */
static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The shortest of several passes. */
static long long best(int with_get_data, int only_text, long *rows) {
    long long shortest = -1;
    for (int pass = 0; pass < PASSES; pass++) {
        long long begin = now();
        *rows = read_all(with_get_data, only_text);
        long long took = now() - begin;
        if (shortest < 0 || took < shortest)
            shortest = took;
    }
    return shortest;
}

/* A sum over the text and the whole numbers, so that drivers can be seen to give the same rows. */
static unsigned long long checksum(void) {
    unsigned long long sum = 0;
    bind(0, 1);
    for (SQLRETURN code = fetch_scroll(stmt, SQL_FETCH_FIRST, 0); SQL_SUCCEEDED(code); code = fetch_next(stmt))
        for (SQLSMALLINT i = 0; i < columns; i++) {
            if (natural[i] == SQL_C_LONG)
                sum += *(SQLINTEGER *)cells[i];
            else if (natural[i] == SQL_C_SBIGINT)
                sum += *(long long *)cells[i];
            else if (natural[i] == SQL_C_WCHAR)
                for (SQLLEN unit = 0; unit < lengths[i][0] / 2; unit++)
                    sum += ((unsigned short *)cells[i])[unit] * (unsigned long long)(unit + 1);
        }
    return sum;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "fetch LIBRARY \"CONNECTION STRING\" \"SQL\"\n");
        return 2;
    }
    load(arguments[1]);
    open_query(arguments[2], arguments[3]);
    unsigned long long sum = checksum();
    long rows, texts = 0;
    for (SQLSMALLINT i = 0; i < columns; i++)
        texts += natural[i] == SQL_C_WCHAR;
    free_stmt(stmt, SQL_UNBIND);
    set_stmt_attr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)1, 0);
    long long bare = best(0, 0, &rows);
    printf("rows %ld 1\ncolumns %d 1\nchecksum %llu 1\n", rows, columns, sum);
    printf("fetch %lld %ld\n", bare, rows);
    printf("getdata_text %lld %ld\n", best(1, 1, &rows) - bare, rows * texts);
    printf("getdata_all %lld %ld\n", best(1, 0, &rows) - bare, rows * columns);
    struct {
        const char *name;
        SQLSMALLINT type;
    } types[] = {{"wchar", SQL_C_WCHAR}, {"char", SQL_C_CHAR}, {"natural", 0}};
    for (int i = 0; i < 3; i++)
        for (SQLULEN size = 1; size <= ROWS; size += ROWS - 1) {
            bind(types[i].type, size);
            printf("%s_%lu %lld %ld\n", types[i].name, (unsigned long)size, best(0, 0, &rows), rows);
        }
    return 0;
}
