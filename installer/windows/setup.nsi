; One program that sets up the driver for programs of 64 bits and of 32. Silent with /S; REGION, DIVISION and READONLY fill the
; data source in, and what is not given stays as it is: setup.exe /S /REGION=Belgium /DIVISION=5512 /READONLY=true
; PATH is left alone: makensis has room for 1,024 letters of it, and many a machine's is longer.
Unicode true
!include "FileFunc.nsh"
!include "x64.nsh"

!define NAME "ODBC driver for Exact Online"
!define UNINSTALL "SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\exact-online-odbc"
!define FOLDER "Exact Online ODBC"
!define SHORTCUT "$SMPROGRAMS\Exact Online data source.lnk"
; What it ends with where an MSI has installed the driver.
!define OTHER_SETUP 3

Name "${NAME} ${VERSION}"
OutFile "${OUTPUT}"
RequestExecutionLevel admin
SetCompressor /SOLID lzma
SetDateSave off
ShowInstDetails nevershow
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Sets up the ${NAME}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Var Region
Var Division
Var Readonly

; Files and registry of one bitness; the registry's view is set.
!macro Files FROM TO
    SetOutPath "${TO}"
    File "${FROM}/exactodbc.dll"
    File "${FROM}/exact-odbc.exe"
    File "${FROM}/LICENSE.txt"
    File "${FROM}/THIRD-PARTY-LICENSES.html"
    File "${FROM}/CHANGELOG.md"
    File "${FROM}/ExactOnline.mez"
    File "${FROM}/exact-online.tdc"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "Driver" "${TO}\exactodbc.dll"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "Setup" "${TO}\exactodbc.dll"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "DriverODBCVer" "03.80"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "ConnectFunctions" "YYN"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "APILevel" "2"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "SQLLevel" "1"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "FileUsage" "0"
    WriteRegDWORD HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "UsageCount" 1
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers" "Exact Online" "Installed"
    ; What was set in the data source since stays, unless it is given.
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "Driver" "${TO}\exactodbc.dll"
    !insertmacro Value "Description" "" "Exact Online"
    !insertmacro Value "Region" "$Region" "Netherlands"
    !insertmacro Value "Division" "$Division" ""
    !insertmacro Value "Readonly" "$Readonly" "true"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\ODBC Data Sources" "Exact Online" "Exact Online"
!macroend

; What is given, else what stands there, else the default.
!macro Value KEY GIVEN DEFAULT
    ReadRegStr $0 HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "${KEY}"
    ${If} $0 == ""
        StrCpy $0 "${DEFAULT}"
    ${EndIf}
    ${If} "${GIVEN}" != ""
        StrCpy $0 "${GIVEN}"
    ${EndIf}
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "${KEY}" "$0"
!macroend

!macro Remove FROM
    DeleteRegKey HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online"
    DeleteRegValue HKLM "SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers" "Exact Online"
    DeleteRegKey HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online"
    DeleteRegValue HKLM "SOFTWARE\ODBC\ODBC.INI\ODBC Data Sources" "Exact Online"
    Delete "${FROM}\exactodbc.dll"
    Delete "${FROM}\exact-odbc.exe"
    Delete "${FROM}\LICENSE.txt"
    Delete "${FROM}\THIRD-PARTY-LICENSES.html"
    Delete "${FROM}\CHANGELOG.md"
    Delete "${FROM}\ExactOnline.mez"
    Delete "${FROM}\exact-online.tdc"
    Delete "${FROM}\uninstall.exe"
    RMDir "${FROM}"
!macroend

; The value of an option of the command line; empty if it is not there.
!macro Option NAME RESULT
    ClearErrors
    ${GetOptions} $0 "/${NAME}=" ${RESULT}
    ${If} ${Errors}
        StrCpy ${RESULT} ""
    ${EndIf}
!macroend

; Where the driver is registered, this program must have done it: an MSI would remove what is installed over it, and in part.
!macro RefuseOther VIEW
    SetRegView ${VIEW}
    ReadRegStr $1 HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "Driver"
    ${If} $1 != ""
    ${AndIf} $2 == ""
        ; To whoever waits for it without a window, and in one.
        System::Call 'kernel32::GetStdHandle(i -12)p.r3'
        StrCpy $0 "The driver is installed here in another way already, by an MSI or by hand: $1. Remove that first (Settings, Apps)."
        FileWrite $3 "$0$\r$\n"
        MessageBox MB_OK|MB_ICONSTOP "$0" /SD IDOK
        SetErrorLevel ${OTHER_SETUP}
        Quit
    ${EndIf}
!macroend

Function .onInit
    ${If} ${RunningX64}
        SetRegView 64
    ${EndIf}
    ReadRegStr $2 HKLM "${UNINSTALL}" "UninstallString"
    ${If} ${RunningX64}
        !insertmacro RefuseOther 64
    ${EndIf}
    !insertmacro RefuseOther 32
    ${GetParameters} $0
    !insertmacro Option "REGION" $Region
    !insertmacro Option "DIVISION" $Division
    !insertmacro Option "READONLY" $Readonly
FunctionEnd

Section
    SetShellVarContext all
    StrCpy $1 "$PROGRAMFILES32\${FOLDER}"
    ${If} ${RunningX64}
        StrCpy $1 "$PROGRAMFILES64\${FOLDER}"
        SetRegView 64
        !insertmacro Files "${X64}" "$PROGRAMFILES64\${FOLDER}"
    ${EndIf}
    SetRegView 32
    !insertmacro Files "${X86}" "$PROGRAMFILES32\${FOLDER}"
    WriteUninstaller "$1\uninstall.exe"
    SetOutPath "$1"
    CreateShortcut "${SHORTCUT}" "$1\exact-odbc.exe" 'dsn edit "Exact Online"'
    ${If} ${RunningX64}
        SetRegView 64
    ${EndIf}
    WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "${NAME}"
    WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKLM "${UNINSTALL}" "Publisher" "The maintainers of exact-online-odbc"
    WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$1\uninstall.exe"'
    WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$1\uninstall.exe" /S'
    WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section Uninstall
    SetShellVarContext all
    Delete "${SHORTCUT}"
    ${If} ${RunningX64}
        SetRegView 64
        !insertmacro Remove "$PROGRAMFILES64\${FOLDER}"
        DeleteRegKey HKLM "${UNINSTALL}"
    ${EndIf}
    SetRegView 32
    !insertmacro Remove "$PROGRAMFILES32\${FOLDER}"
    DeleteRegKey HKLM "${UNINSTALL}"
SectionEnd
