; One program that sets up the driver for programs of 64 bits and of 32. Silent with /S; REGION and DIVISION fill the data
; source in: setup.exe /S /REGION=Belgium /DIVISION=5512
Unicode true
!include "FileFunc.nsh"
!include "x64.nsh"

!define NAME "ODBC driver for Exact Online"
!define UNINSTALL "SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\exact-online-odbc"
!define FOLDER "Exact Online ODBC"

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

; Files and registry of one bitness; the registry's view is set.
!macro Files FROM TO
    SetOutPath "${TO}"
    File "${FROM}/exactodbc.dll"
    File "${FROM}/exact-odbc.exe"
    File "${FROM}/LICENSE.txt"
    File "${FROM}/THIRD-PARTY-LICENSES.html"
    File "${FROM}/CHANGELOG.md"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "Driver" "${TO}\exactodbc.dll"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "Setup" "${TO}\exactodbc.dll"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "DriverODBCVer" "03.80"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "ConnectFunctions" "YYN"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "APILevel" "2"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "SQLLevel" "1"
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "FileUsage" "0"
    WriteRegDWORD HKLM "SOFTWARE\ODBC\ODBCINST.INI\Exact Online" "UsageCount" 1
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers" "Exact Online" "Installed"
    ; What was set in the data source since stays.
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "Driver" "${TO}\exactodbc.dll"
    !insertmacro Default "Description" "Exact Online"
    !insertmacro Default "Region" "$Region"
    !insertmacro Default "Readonly" "true"
    ${If} $Division != ""
        WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "Division" "$Division"
    ${EndIf}
    WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\ODBC Data Sources" "Exact Online" "Exact Online"
!macroend

!macro Default KEY VALUE
    ReadRegStr $0 HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "${KEY}"
    ${If} $0 == ""
        WriteRegStr HKLM "SOFTWARE\ODBC\ODBC.INI\Exact Online" "${KEY}" "${VALUE}"
    ${EndIf}
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
    Delete "${FROM}\uninstall.exe"
    RMDir "${FROM}"
!macroend

Function .onInit
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/REGION=" $Region
    ${If} ${Errors}
        StrCpy $Region "Netherlands"
    ${EndIf}
    ClearErrors
    ${GetOptions} $0 "/DIVISION=" $Division
    ${If} ${Errors}
        StrCpy $Division ""
    ${EndIf}
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
    ${If} ${RunningX64}
        SetRegView 64
        !insertmacro Remove "$PROGRAMFILES64\${FOLDER}"
        DeleteRegKey HKLM "${UNINSTALL}"
    ${EndIf}
    SetRegView 32
    !insertmacro Remove "$PROGRAMFILES32\${FOLDER}"
    DeleteRegKey HKLM "${UNINSTALL}"
SectionEnd
